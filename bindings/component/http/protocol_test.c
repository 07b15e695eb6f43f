/* protocol_test.c - every path, every refusal, and answers that are those of the engine called directly. */
#include "protocol.h"

#include <math.h>

#include "base/test.h"
#include "datatype.h"
#include "digits_for_test.h"
#include "json.h"

enum { PIXELS = 64 };

static struct http_response call(const char *method, const char *path, const struct http_header *headers,
                                 size_t header_count, struct bytes body) {
    char *copy = test_bytes(body.count); /* ends where it says */
    if (body.count > 0)
        memcpy(copy, body.data, body.count);
    const struct http_request request = {bytes_of(method), bytes_of(path), headers, header_count, {copy, body.count}};
    struct http_response response = {0};
    if (!protocol_answer_head(&request, &response))
        protocol_answer_body(&request, &response);
    free(copy);
    assert_false(response.body.failed);
    text_put(&response.body, "", 1); /* so that it is a string */
    response.body.count--;
    return response;
}

static void expect_status(const char *method, const char *path, const char *body, int status, const char *part) {
    struct http_response response = call(method, path, NULL, 0, bytes_of(body));
    if (response.status != status || !strstr(response.body.data, part))
        fail_msg("%s %s %s: %d %s, expected %d with %s", method, path, body, response.status, response.body.data,
                 status, part);
    assert_null(strchr(response.body.data, '\n'));
    text_free(&response.body);
}

static void paths_are_answered(void **state) {
    (void)state;
    static const struct {
        const char *method, *path;
        int status;
        const char *part;
    } cases[] = {
        {"GET", "/v2", 200, "\"extensions\":[\"binary_tensor_data\",\"classification\"]"},
        {"GET", "/v2/health/live", 200, "true"},
        {"GET", "/v2/health/ready", 200, "true"},
        {"GET", "/v2/models/digits", 200, "\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,1,8,8]}]"},
        {"HEAD", "/v2/models/digits", 200, "[1,10]"},
        {"GET", "/v2/models/digits?verbose=1", 200, "\"versions\":[\"1\"]"},
        {"GET", "/v2/models/%64igits/versions/1", 200, "digits"},
        {"GET", "/v2/models/digits/ready", 200, "true"},
        {"GET", "/v2/models/digits/versions/1/ready", 200, "true"},
        {"GET", "", 404, "no such path"},
        {"GET", "/", 404, "no such path"},
        {"GET", "v2", 404, "no such path"},
        {"GET", "/v1/models/digits", 404, "no such path"},
        {"GET", "/v2/models", 404, "no such path"},
        {"GET", "/v2/health", 404, "no such path"},
        {"GET", "/v2/health/dead", 404, "no such path"},
        {"GET", "/v2/models/digits/ready/x", 404, "no such path"},
        {"GET", "/v2/models/digits/a/b/c/d/e/f", 404, "no such path"},
        {"GET", "/v2/models/", 404, "unknown model ''; this is 'digits'"},
        {"GET", "/v2/models/cat", 404, "unknown model 'cat'; this is 'digits'"},
        {"GET", "/v2/models/digit", 404, "unknown model"},
        {"GET", "/v2/models/digitss", 404, "unknown model"},
        {"GET", "/v2/models/digits%00", 404, "unknown model"},
        {"GET", "/v2/models/digits%", 404, "unknown model"},
        {"GET", "/v2/models/digits%zz", 404, "unknown model"},
        {"GET", "/v2/models/../digits", 404, "unknown model '..'"},
        {"GET", "/v2/models/%2e%2e%2fdigits", 404, "unknown model '%2e%2e%2fdigits'"},
        {"GET", "/v2/models/\xff\x1b[31m", 404, "unknown model '\?\?[31m'"},
        {"GET", "/v2/models/digits/versions", 404, "unknown version ''"},
        {"GET", "/v2/models/digits/versions/2", 404, "unknown version '2' of the model; there is '1'"},
        {"POST", "/v2", 405, "method POST, expected GET"},
        {"DELETE", "/v2/models/digits", 405, "method DELETE, expected GET"},
        {"GET", "/v2/models/digits/infer", 405, "method GET, expected POST"},
        {"PUT", "/v2/models/digits/versions/1/infer", 405, "method PUT, expected POST"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_status(cases[i].method, cases[i].path, "", cases[i].status, cases[i].part);
    struct http_response response = call("POST", "/v2/health/live", NULL, 0, bytes_of(""));
    assert_string_equal(response.allow, "GET, HEAD");
    text_free(&response.body);
}

/* {"inputs":[{... INPUT ...}] REST} with %s for 64 zeros. */
static void expect_infer(const char *before, const char *after, int status, const char *part) {
    char body[4096], zeros[PIXELS * 2];
    for (size_t i = 0; i < PIXELS; i++)
        memcpy(zeros + 2 * i, i + 1 < PIXELS ? "0," : "0", 2);
    snprintf(body, sizeof body, "%s%s%s", before, strcmp(after, "") == 0 ? "" : zeros, after);
    expect_status("POST", "/v2/models/digits/infer", body, status, part);
}

#define INPUT "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,1,8,8],\"datatype\":\"FP32\",\"data\":["

static void bad_requests_are_named(void **state) {
    (void)state;
    static const struct {
        const char *before, *after, *part;
    } cases[] = {
        {"", "", "JSON, byte 0"},
        {"[]", "", "the request is array, expected an object"},
        {"{\"inputs\":[", "", "JSON, byte"},
        {"{} {}", "", "the JSON ends at byte 3"},
        {"{\"inputs\":[{\"data\":[NaN]}]}", "", "JSON, byte 20"},
        {"{\"inputs\":[{\"data\":[1e400]}]}", "", "JSON, byte 20"},
        {"{}", "", "inputs is not a list"},
        {"{\"inputs\":[]}", "", "input 'x' is missing"},
        {"{\"inputs\":{},\"inputs\":[]}", "", "the request has member 'inputs' twice"},
        {"{\"input\":[]}", "", "unknown member 'input'; known: id, parameters, inputs, outputs"},
        {"{\"inputs\":[1]}", "", "an input is uint, expected an object"},
        {"{\"inputs\":[{}]}", "", "an input has no name"},
        {"{\"inputs\":[{\"name\":\"y\"}]}", "", "the model has no input 'y'"},
        {"{\"inputs\":[{\"name\":\"x\\u0000\"}]}", "", "the model has no input 'x?'"},
        {"{\"inputs\":[{\"name\":\"x\"}]}", "", "input 'x': no datatype"},
        {"{\"inputs\":[{\"name\":\"x\",\"datatype\":\"BYTES\"}]}", "", "input 'x': datatype BYTES, expected FP32"},
        {"{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP64\"}]}", "", "input 'x': datatype FP64, expected FP32"},
        {"{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\"}]}", "", "shape is a list"},
        {"{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,1,8,-8]}]}", "", "size 3 of the shape"},
        {"{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[65536,65536,65536,65536]}]}", "",
         "shape [65536,65536,65536,65536], expected [1,1,8,8]"},
        {"{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,8,8]}]}", "",
         "shape [1,8,8], expected [1,1,8,8]"},
        {"{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,1,8,8]}]}", "", "neither data"},
        {"{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,1,8,8],\"data\":[1,2]}]}", "",
         "its shape needs 64 values, data has 2"},
        {"{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,1,8,8],\"data\":[[1]]}]}", "",
         "a list of axis 2 does not have"},
        {"{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,1,8,8],\"parameters\":{\"binary_data_size\":"
         "256}}]}",
         "", "binary_data_size 256, but 0 bytes are left"},
        {"{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,1,8,8],\"parameters\":{\"binary_data_size\":"
         "255}}]}",
         "", "binary_data_size is not 256"},
        {"{\"inputs\":[{\"name\":\"x\",\"datatype\":\"FP32\",\"shape\":[1,1,8,8],\"parameters\":{\"compress\":1}}]}",
         "", "an input's parameters has an unknown member 'compress'; known: binary_data_size"},
        {INPUT "\"a\",", "]}]}", "its shape needs 64 values, data has 65"},
        {INPUT, ",1]}]}", "data has 65"},
        {INPUT, "]},{\"name\":\"x\"}]}", "input 'x' is given twice"},
        {INPUT, "]}],\"outputs\":1}", "outputs is not a list"},
        {INPUT, "]}],\"outputs\":[{}]}", "an output has no name"},
        {INPUT, "]}],\"outputs\":[{\"name\":\"no\"}]}", "the model has no output 'no'"},
        {INPUT, "]}],\"id\":5}", "id is no string"},
        {INPUT, "]}],\"parameters\":{\"binary_data_output\":1}}", "binary_data_output is neither true nor false"},
        {INPUT, "]}],\"parameters\":{\"sequence_id\":1}}", "unknown member 'sequence_id'"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        expect_infer(cases[i].before, cases[i].after, 400, cases[i].part);
}

static void values_that_do_not_fit_are_named(void **state) {
    (void)state;
    static const char *const bad[] = {"null", "\"1\"", "true", "{}", "[0]", "1e39"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct text body = {0};
        text_add(&body, INPUT);
        for (int p = 0; p < PIXELS; p++)
            text_add(&body, p == 7 ? bad[i] : "0"), text_add(&body, p + 1 < PIXELS ? "," : "]}]}");
        struct http_response response =
            call("POST", "/v2/models/digits/infer", NULL, 0, (struct bytes){body.data, body.count});
        assert_int_equal(response.status, 400);
        assert_non_null(strstr(response.body.data, "input 'x': value 7 is no FP32"));
        text_free(&response.body);
        text_free(&body);
    }
}

static void deep_json_costs_one_request(void **state) {
    (void)state;
    static char deep[60000];
    memset(deep, '[', sizeof deep);
    struct http_response response = call("POST", "/v2/models/digits/infer", NULL, 0, (struct bytes){deep, sizeof deep});
    assert_int_equal(response.status, 400);
    text_free(&response.body);
    struct text body = {0};
    text_add(&body, "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,1,8,8],\"datatype\":\"FP32\",\"data\":");
    for (int i = 0; i < 20000; i++)
        text_add(&body, "[");
    for (int i = 0; i < 20000; i++)
        text_add(&body, "]");
    text_add(&body, "}]}");
    response = call("POST", "/v2/models/digits/infer", NULL, 0, (struct bytes){body.data, body.count});
    assert_int_equal(response.status, 400);
    assert_non_null(strstr(response.body.data, "axis"));
    text_free(&response.body);
    text_free(&body);
}

/* What the engine itself answers, read from the file that MindSpore wrote a scan to: here only any scan of numbers. */
static const float *engine_answer(const float *scan) {
    static float logits[10];
    memcpy(msw_run_input(compiled.run, 0)->data, scan, PIXELS * sizeof *scan);
    assert_int_equal(msw_run(compiled.run), MSW_OK);
    memcpy(logits, msw_run_output(compiled.run, 0)->data, sizeof logits);
    return logits;
}

static void make_scan(float *scan) {
    uint64_t random = 5;
    for (size_t i = 0; i < PIXELS; i++)
        scan[i] = (float)test_below(&random, 256) + (float)test_below(&random, 1000) / 1000;
}

static void put_scan(struct text *body, const float *scan, bool nested) {
    for (size_t i = 0; i < PIXELS; i++) {
        char number[32];
        snprintf(number, sizeof number, "%.9g", (double)scan[i]);
        if (i > 0)
            text_add(body, i % 8 == 0 && nested ? "],\n [" : ",");
        text_add(body, number);
    }
}

static void json_has_the_bits_of_the_engine(void **state) {
    (void)state;
    float scan[PIXELS];
    make_scan(scan);
    const float *expected = engine_answer(scan);
    for (int nested = 0; nested < 2; nested++) {
        struct text body = {0};
        text_add(&body, INPUT);
        text_add(&body, nested ? "[[[" : "");
        put_scan(&body, scan, nested);
        text_add(&body, nested ? "]]]" : "");
        text_add(&body, "]}],\"id\":\"a\\n\\u00e9\"}");
        struct http_response response =
            call("POST", "/v2/models/digits/infer", NULL, 0, (struct bytes){body.data, body.count});
        if (response.status != 200)
            fail_msg("%s", response.body.data);
        assert_non_null(strstr(response.body.data, "\"id\":\"a\\n\xc3\xa9\""));
        const char *at = strstr(response.body.data, "\"data\":[") + 7;
        for (int i = 0; i < 10; i++) {
            const float got = strtof(at + 1, (char **)(uintptr_t)&at);
            assert_true(test_same_float(got, expected[i]));
        }
        text_free(&response.body);
        text_free(&body);
    }
}

static void binary_has_the_bits_of_the_engine(void **state) {
    (void)state;
    static const char json[] = "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,1,8,8],\"datatype\":\"FP32\",\"parameters\":{"
                               "\"binary_data_size\":256}}],"
                               "\"parameters\":{\"binary_data_output\":true}}";
    float scan[PIXELS];
    make_scan(scan);
    const float *expected = engine_answer(scan);
    struct text body = {0};
    text_add(&body, json);
    text_put(&body, scan, sizeof scan);
    char length[16];
    snprintf(length, sizeof length, "%zu", sizeof json - 1);
    const struct http_header headers[] = {{bytes_of("inference-header-content-length"), bytes_of(length)}};
    struct http_response response =
        call("POST", "/v2/models/digits/infer", headers, 1, (struct bytes){body.data, body.count});
    assert_int_equal(response.status, 200);
    assert_true(response.binary);
    assert_int_equal(response.body.count - response.json_bytes, 80); /* probabilities and logits */
    assert_memory_equal(response.body.data + response.json_bytes, expected, 40);
    text_free(&response.body);
    text_put(&body, "", 1);
    response = call("POST", "/v2/models/digits/infer", headers, 1, (struct bytes){body.data, body.count});
    assert_int_equal(response.status, 400);
    assert_non_null(strstr(response.body.data, "1 bytes behind the JSON belong to no input"));
    text_free(&response.body);
    text_free(&body);
}

static void bad_lengths_of_json_are_named(void **state) {
    (void)state;
    static const char *const bad[] = {"3", "-1", "abc", "", "99999999999999999999", "1 "};
    for (size_t i = 0; i < COUNT(bad); i++) {
        const struct http_header headers[] = {{bytes_of("Inference-Header-Content-Length"), bytes_of(bad[i])},
                                              {bytes_of("INFERENCE-header-content-length"), bytes_of("2")}};
        for (size_t count = 1; count <= 2; count++) {
            struct http_response response = call("POST", "/v2/models/digits/infer", headers, count, bytes_of("{}"));
            assert_int_equal(response.status, 400);
            assert_non_null(
                strstr(response.body.data, count == 1 ? "Inference-Header-Content-Length is '" : "is given 2 times"));
            text_free(&response.body);
        }
    }
}

static void codings_and_sizes_are_refused(void **state) {
    (void)state;
    const struct http_header headers[] = {{bytes_of("content-encoding"), bytes_of("gzip")}};
    struct http_response response = call("POST", "/v2/models/digits/infer", headers, 1, bytes_of("{}"));
    assert_int_equal(response.status, 415);
    text_free(&response.body);
    char *large = test_bytes(protocol_body_limit() + 1);
    response = call("POST", "/v2/models/digits/infer", NULL, 0, (struct bytes){large, protocol_body_limit() + 1});
    assert_int_equal(response.status, 413);
    text_free(&response.body);
    free(large);
}

static void classes_come_best_first_with_labels(void **state) {
    (void)state;
    float scan[PIXELS];
    make_scan(scan);
    const float *p = engine_answer(scan);
    size_t best = 0;
    for (size_t i = 1; i < 10; i++)
        best = p[i] > p[best] ? i : best;
    struct text body = {0};
    text_add(&body, INPUT);
    put_scan(&body, scan, false);
    text_add(&body, "]}],\"outputs\":[{\"name\":\"");
    text_add(&body, msw_model_output(compiled.model, 0)->name);
    text_add(&body, "\",\"parameters\":{\"classification\":3}}]}");
    struct http_response response =
        call("POST", "/v2/models/digits/infer", NULL, 0, (struct bytes){body.data, body.count});
    assert_int_equal(response.status, 200);
    assert_non_null(strstr(response.body.data, "\"datatype\":\"BYTES\",\"shape\":[1,3],\"data\":[\""));
    const char *first = strstr(response.body.data, "\"data\":[\"") + 9;
    char expected[40], *end;
    assert_true(test_same_float(strtof(first, &end), p[best]));
    snprintf(expected, sizeof expected, ":%zu:%s\"", best, digit_labels[best]);
    assert_memory_equal(end, expected, strlen(expected));
    text_free(&response.body);
    text_free(&body);
}

static void a_module_without_a_model_is_not_ready(void **state) {
    (void)state;
    const struct compiled kept = compiled;
    compiled = (struct compiled){0};
    expect_status("GET", "/v2/health/ready", "", 503, "no model");
    expect_status("GET", "/v2/models/digits/ready", "", 503, "no model");
    expect_status("GET", "/v2/health/live", "", 200, "true");
    compiled = kept;
}

static void shapes_that_are_open_get_runs_of_their_own(void **state) {
    (void)state;
    static struct msw_model *add; /* kept with the run that is kept for the next request, until the process ends */
    const struct compiled kept = compiled;
    add = msw_model_from_operator("Add", 2, NULL, 0);
    assert_non_null(add);
    compiled = (struct compiled){"add", add, NULL, NULL, 0};
    static const struct {
        const char *shape, *x, *y, *part;
        int status;
    } cases[] = {
        {"[3]", "[1,2,3]", "[0.1,0.2,0.3]", "\"shape\":[3],\"data\":[1.1,2.2,3.3]", 200},
        {"[3]", "[4,5,6]", "[0,0,0]", "\"data\":[4.0,5.0,6.0]", 200},
        {"[1,2]", "[[1,2]]", "[1e-45,3.4028235e38]", "\"data\":[1.0,3.4028235e38]", 200},
        {"[0]", "[]", "[]", "\"shape\":[0],\"data\":[]", 200},
        {"[]", "[1]", "[2]", "\"shape\":[],\"data\":[3.0]", 200},
        {"[1]", "[3e38]", "[3e38]", "value 0 is NaN or infinite", 406},
        {"[2147483647,2]", "[]", "[]", "more elements than", 413},
        {"[2147483647]", "[]", "[]", "its shape needs 2147483647 values, data has 0", 400},
        {"[2,1000000]", "[[1],[2]]", "[]", "more than data has", 400},
        {"[1,1,1,1,1,1,1,1,1]", "[1]", "[1]", "at most 8 sizes", 400},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char body[512];
        snprintf(body, sizeof body,
                 "{\"inputs\":[{\"name\":\"x0\",\"shape\":%s,\"datatype\":\"FP32\",\"data\":%s},"
                 "{\"name\":\"x1\",\"shape\":%s,\"datatype\":\"FP32\",\"data\":%s}]}",
                 cases[i].shape, cases[i].x, cases[i].shape, cases[i].y);
        expect_status("POST", "/v2/models/add/infer", body, cases[i].status, cases[i].part);
    }
    expect_status("POST", "/v2/models/add/infer",
                  "{\"inputs\":[{\"name\":\"x0\",\"shape\":[2],\"datatype\":\"FP32\",\"data\":[1,2]},"
                  "{\"name\":\"x1\",\"shape\":[3],\"datatype\":\"FP32\",\"data\":[1,2,3]}]}",
                  400, "Add");
    compiled = kept;
}

static void elements_are_read_as_their_type_says(void **state) {
    (void)state;
    static const struct {
        int32_t dtype;
        const char *json;
        bool ok;
        int64_t bits;
    } cases[] = {
        {MSW_BOOL, "true", true, 1},
        {MSW_BOOL, "false", true, 0},
        {MSW_BOOL, "1", true, 1},
        {MSW_BOOL, "2", false, 0},
        {MSW_UINT8, "255", true, 255},
        {MSW_UINT8, "256", false, 0},
        {MSW_UINT8, "-1", false, 0},
        {MSW_INT8, "-128", true, 0x80},
        {MSW_INT8, "-129", false, 0},
        {MSW_INT8, "128", false, 0},
        {MSW_INT16, "-32768", true, 0x8000},
        {MSW_INT16, "32768", false, 0},
        {MSW_INT32, "-2147483648", true, 0x80000000},
        {MSW_INT32, "2147483648", false, 0},
        {MSW_INT32, "1.0", false, 0},
        {MSW_INT64, "-9223372036854775808", true, INT64_MIN},
        {MSW_INT64, "9223372036854775807", true, INT64_MAX},
        {MSW_INT64, "9223372036854775808", false, 0},
        {MSW_INT64, "\"1\"", false, 0},
        {MSW_FLOAT32, "0.1", true, 0x3dcccccd},
        {MSW_FLOAT32, "-0.0", true, 0x80000000},
        {MSW_FLOAT32, "16777217", true, 0x4b800000},
        {MSW_FLOAT32, "3.40282349e38", true, 0x7f7fffff},
        {MSW_FLOAT32, "3.5e38", false, 0},
        {MSW_FLOAT64, "0.1", true, 0x3fb999999999999a},
        {MSW_FLOAT64, "18446744073709551615", true, 0x43f0000000000000},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct http_response response = {0};
        yyjson_doc *doc = json_read(bytes_of(cases[i].json), &response);
        assert_non_null(doc);
        int64_t got = 0;
        const bool ok = datatype_read(cases[i].dtype, yyjson_doc_get_root(doc), &got);
        if (ok != cases[i].ok || (ok && got != cases[i].bits))
            fail_msg("%s as %s: %d %llx", cases[i].json, datatype_name(cases[i].dtype), ok, (long long)got);
        yyjson_doc_free(doc);
    }
}

/* Any float, by printf's rule: the fewest digits that read back the same. */
static void floats_are_written_shortest(void **state) {
    (void)state;
    uint64_t random = 7;
    for (int round = 0; round < 20000; round++) {
        const uint32_t bits = (uint32_t)test_random(&random);
        float value;
        memcpy(&value, &bits, sizeof value);
        struct text text = {0};
        const bool ok = datatype_write(MSW_FLOAT32, &value, 0, &text);
        assert_int_equal(ok, isfinite(value) != 0);
        if (ok) {
            char shortest[40];
            int digits = 1;
            do
                snprintf(shortest, sizeof shortest, "%.*e", digits - 1, (double)value);
            while (strtof(shortest, NULL) != value && digits++ < 9);
            text_put(&text, "", 1);
            assert_true(test_same_float(strtof(text.data, NULL), value));
            int got = 0;
            char significant[40];
            for (const char *c = text.data; *c && *c != 'e'; c++)
                if (*c >= '0' && *c <= '9' && (got > 0 || *c != '0'))
                    significant[got++] = *c;
            while (got > 1 && significant[got - 1] == '0')
                got--;
            if (got > digits)
                fail_msg("%s has %d digits, %s has %d", text.data, got, shortest, digits);
        }
        text_free(&text);
    }
}

int main(void) {
    digits_load();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_answered),
        cmocka_unit_test(bad_requests_are_named),
        cmocka_unit_test(values_that_do_not_fit_are_named),
        cmocka_unit_test(deep_json_costs_one_request),
        cmocka_unit_test(json_has_the_bits_of_the_engine),
        cmocka_unit_test(binary_has_the_bits_of_the_engine),
        cmocka_unit_test(bad_lengths_of_json_are_named),
        cmocka_unit_test(codings_and_sizes_are_refused),
        cmocka_unit_test(classes_come_best_first_with_labels),
        cmocka_unit_test(a_module_without_a_model_is_not_ready),
        cmocka_unit_test(shapes_that_are_open_get_runs_of_their_own),
        cmocka_unit_test(elements_are_read_as_their_type_says),
        cmocka_unit_test(floats_are_written_shortest),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    digits_free();
    return failed;
}
