/* winograd_spread.h - template: G of one direction, in double for weights that are transformed at load, and in float for those that are in the run.
 *   NUMBER, FACTOR   type of what is computed, and of the constants in it
 *
 * u = G g at the points that winograd_f32.c transforms images to: g[0] + x g[1] + x^2 g[2], over the product of x's differences to the other points. */
SIMD_INLINE void spread_4(const NUMBER *g, NUMBER *u) {
    static const FACTOR over_0 = (FACTOR)(1 / 0.87890625), over_a = (FACTOR)(1 / -1.45263671875),
                        over_b = (FACTOR)(1 / 8.3671875), a = (FACTOR)0.625, aa = (FACTOR)0.390625, b = (FACTOR)1.5,
                        bb = (FACTOR)2.25;
    const NUMBER even_a = over_a * (g[0] + aa * g[2]), odd_a = over_a * a * g[1];
    const NUMBER even_b = over_b * (g[0] + bb * g[2]), odd_b = over_b * b * g[1];
    u[0] = over_0 * g[0];
    u[1] = even_a + odd_a;
    u[2] = even_a - odd_a;
    u[3] = even_b + odd_b;
    u[4] = even_b - odd_b;
    u[5] = g[2];
}

SIMD_INLINE void spread_2(const NUMBER *g, NUMBER *u) {
    const NUMBER even = (FACTOR)0.5 * (g[0] + g[2]), odd = (FACTOR)0.5 * g[1];
    u[0] = g[0];
    u[1] = even + odd;
    u[2] = even - odd;
    u[3] = g[2];
}
