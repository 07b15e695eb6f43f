/* winograd_transform_f32.c - B^T and A^T of one direction for both sides of tiles; G is in winograd_spread.h. */
#include "kernels/hot/winograd_transform.h"

#include "kernels/hot/pack_f32.h"
#include "simd/simd_relaxed.h"

/* sum + a * x */
SIMD_INLINE f32x4 times(float a, f32x4 x, f32x4 sum) {
    return f32x4_madd(f32x4_splat(a), x, sum);
}

#define NUMBER f32x4
#define FACTOR float
#include "kernels/hot/winograd_spread.h"

/* F(4 x 4, 3 x 3). The points are 0, A, -A, B, -B and infinity; results at x and -x share their even and their odd part. */
static const float A = 0.625F, B = 1.5F, AA = 0.390625F, BB = 2.25F, AABB = 0.87890625F, AA_BB = 2.640625F,
                   AAA = 0.244140625F, BBB = 3.375F;

SIMD_INLINE void forward_4(const f32x4 *d, f32x4 *v) {
    const f32x4 even_a = times(-BB, d[2], d[4]), odd_a = A * times(-BB, d[1], d[3]);
    const f32x4 even_b = times(-AA, d[2], d[4]), odd_b = B * times(-AA, d[1], d[3]);
    v[0] = times(AABB, d[0], times(-AA_BB, d[2], d[4]));
    v[1] = even_a + odd_a;
    v[2] = even_a - odd_a;
    v[3] = even_b + odd_b;
    v[4] = even_b - odd_b;
    v[5] = times(AABB, d[1], times(-AA_BB, d[3], d[5]));
}

SIMD_INLINE void back_4(const f32x4 *m, f32x4 *y) {
    const f32x4 even_a = m[1] + m[2], odd_a = m[1] - m[2], even_b = m[3] + m[4], odd_b = m[3] - m[4];
    y[0] = m[0] + (even_a + even_b);
    y[1] = times(B, odd_b, A * odd_a);
    y[2] = times(BB, even_b, AA * even_a);
    y[3] = times(BBB, odd_b, times(AAA, odd_a, m[5]));
}

/* F(2 x 2, 3 x 3). The points are 0, 1, -1 and infinity. */
SIMD_INLINE void forward_2(const f32x4 *d, f32x4 *v) {
    v[0] = d[0] - d[2];
    v[1] = d[2] + d[1];
    v[2] = d[2] - d[1];
    v[3] = d[3] - d[1];
}

SIMD_INLINE void back_2(const f32x4 *m, f32x4 *y) {
    y[0] = m[0] + (m[1] + m[2]);
    y[1] = (m[1] - m[2]) + m[3];
}

#define SIDE 4
#define POINTS 6
#define INPUT input_4
#define OUTPUT output_4
#define WEIGHTS weights_4
#define FORWARD forward_4
#define BACK back_4
#define SPREAD spread_4
#include "kernels/hot/winograd_tile.h"

#define SIDE 2
#define POINTS 4
#define INPUT input_2
#define OUTPUT output_2
#define WEIGHTS weights_2
#define FORWARD forward_2
#define BACK back_2
#define SPREAD spread_2
#include "kernels/hot/winograd_tile.h"

const struct winograd_transform *winograd_transform(size_t side) {
    static const struct winograd_transform transforms[] = {{input_2, output_2, weights_2},
                                                           {input_4, output_4, weights_4}};
    return &transforms[side == 4];
}
