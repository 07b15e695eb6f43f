/* assert.h - in a module an assertion that fails is a trap; NDEBUG removes it. */
#ifndef BASE_WASM32_ASSERT_H
#define BASE_WASM32_ASSERT_H

#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition) ((condition) ? (void)0 : __builtin_trap())
#endif

#endif
