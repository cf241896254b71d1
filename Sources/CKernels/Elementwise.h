// Bodies of the loops without a matrix product. They are inlined into a baseline and an AVX2 version each, so they are
// plain C that compilers turn into vector code.
#ifndef VIGIA_ELEMENTWISE_H
#define VIGIA_ELEMENTWISE_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "CKernels.h"

#define BODY static inline __attribute__((always_inline))

// e^x by splitting off a power of two and a polynomial; relative error about 1e-7. Clamped to what a float holds.
BODY float fast_exp(float x) {
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    float n = x * 1.44269504088896341f;
    // Adding and taking away 1.5 * 2^23 rounds to a whole number.
    n = (n + 12582912.0f) - 12582912.0f;
    float r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    int32_t bits = ((int32_t)n + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

BODY void gelu_body(float *x, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float value = x[i];
        float z = __builtin_fabsf(value) * 0.70710678118654752f;
        float t = 1.0f / (1.0f + 0.3275911f * z);
        float p = 1.061405429f;
        p = p * t - 1.453152027f;
        p = p * t + 1.421413741f;
        p = p * t - 0.284496736f;
        p = p * t + 0.254829592f;
        float upper = p * t * fast_exp(-z * z);
        // 1 - erf is `upper` for positive values, 1 + erf for negative ones.
        float share = value < 0 ? 0.5f * upper : 1.0f - 0.5f * upper;
        x[i] = value * share;
    }
}

BODY void gelu_tanh_body(float *x, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float value = x[i];
        float inner = 0.79788456080286536f * (value + 0.044715f * value * value * value);
        // (1 + tanh a) / 2 = 1 / (1 + e^(-2a))
        x[i] = value / (1.0f + fast_exp(-2.0f * inner));
    }
}

BODY void softmax_body(float *row, size_t count) {
#pragma clang fp reassociate(on)
    float top = row[0];
    for (size_t i = 1; i < count; i++) top = row[i] > top ? row[i] : top;
    float sum = 0;
    for (size_t i = 0; i < count; i++) {
        float e = fast_exp(row[i] - top);
        row[i] = e;
        sum += e;
    }
    float scale = 1.0f / sum;
    for (size_t i = 0; i < count; i++) row[i] *= scale;
}

BODY void add_and_normalize_body(float *x, const float *added, size_t rows, size_t width, const float *scale,
                                 const float *shift, float epsilon) {
#pragma clang fp reassociate(on)
    for (size_t r = 0; r < rows; r++) {
        float *row = x + r * width;
        if (added)
            for (size_t i = 0; i < width; i++) row[i] += added[r * width + i];
        float sum = 0;
        for (size_t i = 0; i < width; i++) sum += row[i];
        float mean = sum / (float)width;
        float squares = 0;
        for (size_t i = 0; i < width; i++) squares += (row[i] - mean) * (row[i] - mean);
        float factor = 1.0f / sqrtf(squares / (float)width + epsilon);
        for (size_t i = 0; i < width; i++) row[i] = (row[i] - mean) * factor * scale[i] + shift[i];
    }
}

// out[i] += weights of four rows at a time.
BODY void weigh_rows_body(const float *weights, size_t count, const float *v, size_t stride, size_t width, float *out) {
    for (size_t d = 0; d < width; d++) out[d] = 0;
    size_t j = 0;
    for (; j + 4 <= count; j += 4) {
        const float *v0 = v + j * stride, *v1 = v0 + stride, *v2 = v1 + stride, *v3 = v2 + stride;
        float w0 = weights[j], w1 = weights[j + 1], w2 = weights[j + 2], w3 = weights[j + 3];
        for (size_t d = 0; d < width; d++) out[d] += w0 * v0[d] + w1 * v1[d] + w2 * v2[d] + w3 * v3[d];
    }
    for (; j < count; j++)
        for (size_t d = 0; d < width; d++) out[d] += weights[j] * v[j * stride + d];
}

BODY float half_to_float(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t exponent = (half >> 10) & 0x1F;
    uint32_t fraction = half & 0x3FF;
    uint32_t bits;
    float value;
    if (exponent == 0) {
        // Too small for its exponent: the fraction counts units of 2^-24.
        value = (float)fraction * 5.9604644775390625e-8f;
        memcpy(&bits, &value, sizeof bits);
        bits |= sign;
    } else if (exponent == 31) {
        bits = sign | 0x7F800000u | fraction << 13;
    } else {
        bits = sign | (exponent + 112) << 23 | fraction << 13;
    }
    memcpy(&value, &bits, sizeof value);
    return value;
}

BODY float brain_to_float(uint16_t brain) {
    uint32_t bits = (uint32_t)brain << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

BODY void widen_body(const void *x, enum vigia_number kind, size_t count, float *y) {
    const uint16_t *halves = x;
    switch (kind) {
    case VIGIA_F32: memcpy(y, x, count * sizeof(float)); break;
    case VIGIA_F16:
        for (size_t i = 0; i < count; i++) y[i] = half_to_float(halves[i]);
        break;
    case VIGIA_BF16:
        for (size_t i = 0; i < count; i++) y[i] = brain_to_float(halves[i]);
        break;
    }
}

#endif
