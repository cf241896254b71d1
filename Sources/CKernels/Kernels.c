#include "CKernels.h"

#include <stdint.h>

#include "Elementwise.h"
#include "Products.h"

#if VIGIA_X86
#include <cpuid.h>
#endif

// Whether the AVX2 versions may run: -1 until it was looked at. Written only with the same value, but for the tests'
// switch.
static int wide = -1;

static int is_wide(void) {
#if VIGIA_X86
    int known = __atomic_load_n(&wide, __ATOMIC_RELAXED);
    if (known < 0) {
        unsigned a = 0, b = 0, c = 0, d = 0;
        __builtin_cpu_init();
        known = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __get_cpuid(1, &a, &b, &c, &d) &&
                (c & bit_F16C);
        __atomic_store_n(&wide, known, __ATOMIC_RELAXED);
    }
    return known;
#else
    return 0;
#endif
}

int vigia_kernels_are_wide(void) { return is_wide(); }
void vigia_kernels_use_baseline(int baseline) { __atomic_store_n(&wide, baseline ? 0 : -1, __ATOMIC_RELAXED); }

BODY void attention_body(const float *q, const float *k, const float *v, size_t tokens, size_t heads, size_t width,
                         float *scratch, float *out, product_function product) {
    size_t stride = heads * width;
    float scale = 1.0f / sqrtf((float)width);
    for (size_t h = 0; h < heads; h++) {
        struct product shape = {.x = q + h * width, .x_stride = stride, .rows = tokens, .w = k + h * width,
                                .w_stride = stride, .outputs = tokens, .inner = width, .y = scratch, .y_stride = tokens};
        product(&shape);
        for (size_t i = 0; i < tokens; i++) {
            float *row = scratch + i * tokens;
            for (size_t j = 0; j < tokens; j++) row[j] *= scale;
            softmax_body(row, tokens);
            weigh_rows_body(row, tokens, v + h * width, stride, width, out + i * stride + h * width);
        }
    }
}

// The weight matrix is copied, or widened, a few rows and columns at a time onto the stack: whole floats too, since rows
// whose distance is a multiple of 4 KiB would fall into the same places of the cache.
BODY void linear_body(const float *x, size_t rows, size_t inner, const void *w, enum vigia_number kind,
                      const float *bias, size_t outputs, float *y, product_function product, widen_function widen) {
    for (size_t r = 0; r < rows; r++) memcpy(y + r * outputs, bias, outputs * sizeof(float));
    float panel[PANEL_ROWS * PANEL_COLUMNS];
    size_t size = kind == VIGIA_F32 ? 4 : 2;
    for (size_t k = 0; k < inner; k += PANEL_COLUMNS) {
        size_t columns = inner - k < PANEL_COLUMNS ? inner - k : PANEL_COLUMNS;
        for (size_t o = 0; o < outputs; o += PANEL_ROWS) {
            size_t count = outputs - o < PANEL_ROWS ? outputs - o : PANEL_ROWS;
            struct product shape = {.x = x + k, .x_stride = inner, .rows = rows, .w = panel, .w_stride = columns,
                                    .outputs = count, .inner = columns, .y = y + o, .y_stride = outputs, .adds = 1};
            for (size_t i = 0; i < count; i++)
                widen((const char *)w + ((o + i) * inner + k) * size, kind, columns, panel + i * columns);
            product(&shape);
        }
    }
}

BODY void accumulate_body(const void *x, enum vigia_number kind, size_t count, float *y, widen_function widen) {
    float part[256];
    size_t size = kind == VIGIA_F32 ? 4 : 2;
    for (size_t i = 0; i < count; i += 256) {
        size_t n = count - i < 256 ? count - i : 256;
        widen((const char *)x + i * size, kind, n, part);
        for (size_t j = 0; j < n; j++) y[i + j] += part[j];
    }
}

static void widen_baseline(const void *x, enum vigia_number kind, size_t count, float *y) { widen_body(x, kind, count, y); }

#if VIGIA_X86
WIDE static void gelu_wide(float *x, size_t count) { gelu_body(x, count); }
WIDE static void gelu_tanh_wide(float *x, size_t count) { gelu_tanh_body(x, count); }
WIDE static void add_and_normalize_wide(float *x, const float *added, size_t rows, size_t width, const float *scale,
                                        const float *shift, float epsilon) {
    add_and_normalize_body(x, added, rows, width, scale, shift, epsilon);
}
WIDE static void attention_wide(const float *q, const float *k, const float *v, size_t tokens, size_t heads,
                                size_t width, float *scratch, float *out) {
    attention_body(q, k, v, tokens, heads, width, scratch, out, product_wide);
}
WIDE static void linear_wide(const float *x, size_t rows, size_t inner, const void *w, enum vigia_number kind,
                             const float *bias, size_t outputs, float *y) {
    linear_body(x, rows, inner, w, kind, bias, outputs, y, product_wide, widen_wide);
}
#define CHOOSE(name, ...)          \
    if (is_wide()) {               \
        name##_wide(__VA_ARGS__);  \
        return;                    \
    }
#else
#define CHOOSE(name, ...)
#endif

void vigia_gelu(float *x, size_t count) {
    CHOOSE(gelu, x, count)
    gelu_body(x, count);
}

void vigia_gelu_tanh(float *x, size_t count) {
    CHOOSE(gelu_tanh, x, count)
    gelu_tanh_body(x, count);
}

void vigia_add_and_normalize(float *x, const float *added, size_t rows, size_t width, const float *scale,
                             const float *shift, float epsilon) {
    CHOOSE(add_and_normalize, x, added, rows, width, scale, shift, epsilon)
    add_and_normalize_body(x, added, rows, width, scale, shift, epsilon);
}

void vigia_attention(const float *q, const float *k, const float *v, size_t tokens, size_t heads, size_t width,
                     float *scratch, float *out) {
    CHOOSE(attention, q, k, v, tokens, heads, width, scratch, out)
    attention_body(q, k, v, tokens, heads, width, scratch, out, product_baseline);
}

void vigia_linear(const float *x, size_t rows, size_t inner, const void *w, enum vigia_number kind, const float *bias,
                  size_t outputs, float *y) {
    CHOOSE(linear, x, rows, inner, w, kind, bias, outputs, y)
    linear_body(x, rows, inner, w, kind, bias, outputs, y, product_baseline, widen_baseline);
}

void vigia_widen(const void *x, enum vigia_number kind, size_t count, float *y) {
    CHOOSE(widen, x, kind, count, y)
    widen_baseline(x, kind, count, y);
}

void vigia_accumulate(const void *x, enum vigia_number kind, size_t count, float *y) {
    accumulate_body(x, kind, count, y, vigia_widen);
}
