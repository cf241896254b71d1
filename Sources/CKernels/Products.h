// Products of two matrices whose rows both run along the summed dimension: y[r][o] = sum over k of x[r][k] * w[o][k].
//
// The fast version keeps a tile of 4 rows of x by 3 rows of w in twelve registers of eight partial sums each; with three
// more for w and one for x that is all sixteen. Callers cut w into panels that stay in the first-level cache while the rows
// of x run past them.
#ifndef VIGIA_PRODUCTS_H
#define VIGIA_PRODUCTS_H

#include <stddef.h>
#include <stdint.h>

#include "CKernels.h"
#include "Elementwise.h"

#if defined(__x86_64__)
#define VIGIA_X86 1
#include <immintrin.h>
#define WIDE __attribute__((target("avx2,fma,f16c")))
#else
#define VIGIA_X86 0
#endif

// 6 x 768 floats are 18 KiB, beside which four rows of x fit into 32 KiB.
#define PANEL_ROWS 6
#define PANEL_COLUMNS 768

struct product {
    const float *x;
    size_t x_stride, rows;
    const float *w;
    size_t w_stride, outputs, inner;
    float *y;
    size_t y_stride;
    // Whether the products are added to y instead of replacing it.
    int adds;
};

typedef void (*product_function)(const struct product *);
typedef void (*widen_function)(const void *, enum vigia_number, size_t, float *);

static void product_baseline(const struct product *p) {
#pragma clang fp reassociate(on)
    for (size_t o = 0; o < p->outputs; o++) {
        const float *w = p->w + o * p->w_stride;
        for (size_t r = 0; r < p->rows; r++) {
            const float *x = p->x + r * p->x_stride;
            float sum = 0;
            for (size_t k = 0; k < p->inner; k++) sum += x[k] * w[k];
            float *y = p->y + r * p->y_stride + o;
            *y = p->adds ? *y + sum : sum;
        }
    }
}

#if VIGIA_X86

#define TILE static inline __attribute__((always_inline, target("avx2,fma,f16c")))

// The sums of four registers, in order.
TILE __m128 sums_of_four(__m256 a, __m256 b, __m256 c, __m256 d) {
    __m256 all = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
    return _mm_add_ps(_mm256_castps256_ps128(all), _mm256_extractf128_ps(all, 1));
}

// R rows of x (1 to 4) by C rows of w (1 to 3), both constants where this is inlined.
TILE void tile(const struct product *p, size_t r, size_t o, const int R, const int C) {
    const float *x = p->x + r * p->x_stride;
    const float *w = p->w + o * p->w_stride;
    size_t xs = p->x_stride, ws = p->w_stride, inner = p->inner, k = 0;
    __m256 sums[4][3];
#pragma clang loop unroll(full)
    for (int i = 0; i < 4; i++)
#pragma clang loop unroll(full)
        for (int j = 0; j < 3; j++) sums[i][j] = _mm256_setzero_ps();
    for (; k + 8 <= inner; k += 8) {
        __m256 columns[3];
#pragma clang loop unroll(full)
        for (int j = 0; j < C; j++) columns[j] = _mm256_loadu_ps(w + j * ws + k);
#pragma clang loop unroll(full)
        for (int i = 0; i < R; i++) {
            __m256 row = _mm256_loadu_ps(x + i * xs + k);
#pragma clang loop unroll(full)
            for (int j = 0; j < C; j++) sums[i][j] = _mm256_fmadd_ps(row, columns[j], sums[i][j]);
        }
    }
#pragma clang loop unroll(full)
    for (int j = 0; j < C; j++) {
        float column[4];
        _mm_storeu_ps(column, sums_of_four(sums[0][j], sums[1][j], sums[2][j], sums[3][j]));
#pragma clang loop unroll(full)
        for (int i = 0; i < R; i++) {
            float sum = column[i];
            for (size_t rest = k; rest < inner; rest++) sum += x[i * xs + rest] * w[j * ws + rest];
            float *y = p->y + (r + i) * p->y_stride + o + j;
            *y = p->adds ? *y + sum : sum;
        }
    }
}

TILE void tiles_of_rows(const struct product *p, size_t r, const int R) {
    size_t o = 0;
    for (; o + 3 <= p->outputs; o += 3) tile(p, r, o, R, 3);
    if (o + 2 == p->outputs) tile(p, r, o, R, 2);
    if (o + 1 == p->outputs) tile(p, r, o, R, 1);
}

WIDE static void product_wide(const struct product *p) {
    size_t r = 0;
    for (; r + 4 <= p->rows; r += 4) tiles_of_rows(p, r, 4);
    switch (p->rows - r) {
    case 3: tiles_of_rows(p, r, 3); break;
    case 2: tiles_of_rows(p, r, 2); break;
    case 1: tiles_of_rows(p, r, 1); break;
    default: break;
    }
}

WIDE static void widen_wide(const void *x, enum vigia_number kind, size_t count, float *y) {
    if (kind == VIGIA_F32) {
        memcpy(y, x, count * sizeof(float));
        return;
    }
    const uint16_t *halves = x;
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m128i eight = _mm_loadu_si128((const __m128i *)(halves + i));
        __m256 wide = kind == VIGIA_F16 ? _mm256_cvtph_ps(eight)
                                        : _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(eight), 16));
        _mm256_storeu_ps(y + i, wide);
    }
    for (; i < count; i++) y[i] = kind == VIGIA_F16 ? half_to_float(halves[i]) : brain_to_float(halves[i]);
}

#endif
#endif
