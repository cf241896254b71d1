import Foundation
import Storage

/// The key that signs links and seals contact data: a file of its own beside the database.
enum KeyFile {
    /// `SECRET_KEY_FILE`; a relative one lies in the folder of the database.
    static func path(_ settings: Settings) -> String {
        let name = settings.text("SECRET_KEY_FILE")
        guard !name.hasPrefix("/"), let database = SQLiteDatabase.path(of: settings.text("DATABASE_URL")) else {
            return name
        }
        let folder = (database as NSString).deletingLastPathComponent
        return folder.isEmpty ? name : (folder as NSString).appendingPathComponent(name)
    }

    /// Where the key of a backup lies.
    static func path(besideBackup file: String) -> String { file + ".key" }
}
