void vigia_kernels_placeholder(void);
