#ifndef VIGIA_CKERNELS_H
#define VIGIA_CKERNELS_H

#include <stddef.h>

// Loops over floats that a BERT encoder spends its time in, compiled for the baseline processor and once more for x86 with
// AVX2, FMA and F16C; which of the two runs is decided once, by what the processor has. One thread, no allocation.

// How a stored number is written.
enum vigia_number { VIGIA_F32 = 0, VIGIA_F16 = 1, VIGIA_BF16 = 2 };

// y[r][o] = bias[o] + sum over k of x[r][k] * w[o][k], for `rows` rows of x and `outputs` rows of w (row-major, `inner`
// numbers a row without gaps). w may lie at any address that suits its kind of number.
void vigia_linear(const float *x, size_t rows, size_t inner, const void *w, enum vigia_number kind, const float *bias,
                  size_t outputs, float *y);

// Self-attention of one text: q, k and v are tokens x (heads * width), out likewise; scratch holds tokens * tokens floats.
void vigia_attention(const float *q, const float *k, const float *v, size_t tokens, size_t heads, size_t width,
                     float *scratch, float *out);

// x <- x/2 * (1 + erf(x / sqrt 2)). erf by Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: off by at
// most 1.5e-7.
void vigia_gelu(float *x, size_t count);

// x <- x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3))), the other usual GELU.
void vigia_gelu_tanh(float *x, size_t count);

// x <- (x + added), then each row of `width` numbers normalised to mean 0 and variance 1, scaled and shifted. `added` may
// be NULL.
void vigia_add_and_normalize(float *x, const float *added, size_t rows, size_t width, const float *scale,
                             const float *shift, float epsilon);

// y <- x for stored numbers; and y <- y + x.
void vigia_widen(const void *x, enum vigia_number kind, size_t count, float *y);
void vigia_accumulate(const void *x, enum vigia_number kind, size_t count, float *y);

// Whether the faster of the two versions runs here; and a switch for tests that compare them (not to be used while others
// compute).
int vigia_kernels_are_wide(void);
void vigia_kernels_use_baseline(int baseline);

#endif
