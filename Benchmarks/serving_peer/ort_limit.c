// The limit of any server of ONNX models: ONNX Runtime alone, in this process, without a network.
//   ort_limit LIBRARY run MODEL INPUT ROWS COLUMNS THREADS SECONDS OUTPUT...   prints calls a second, p50 and p99
//   ort_limit LIBRARY hold COUNT INPUT ROWS COLUMNS MODEL... OUTPUT...         runs COUNT models once, and waits for the end of stdin
// The runtime's functions are found by their place in its table (onnxruntime_c_api.h, which only grows at its end), so
// that no header is needed. Each call makes its input value and releases its outputs, as a server has to.
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef void *Status;
typedef Status (*Function)();
typedef void (*Release)(void *);
enum {
    MESSAGE = 2, MAKE_ENVIRONMENT = 3, MAKE_SESSION = 7, RUN = 9, MAKE_OPTIONS = 10, OPTIMIZE = 23, INTRA = 24, INTER = 25,
    MAKE_TENSOR = 49, MEMORY = 69, RELEASE_VALUE = 96
};
static Function *table;
static void *memory;
static const char *input;
static int64_t shape[2];
static const char *outputs[16];
static size_t output_count;
static float *row_data;

static void check(Status status) {
    if (!status) return;
    fprintf(stderr, "ort_limit: %s\n", ((const char *(*)(Status))table[MESSAGE])(status));
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void *session_of(void *environment, const char *path) {
    void *options, *session;
    check(table[MAKE_OPTIONS](&options));
    check(table[OPTIMIZE](options, 99));
    check(table[INTRA](options, 1));
    check(table[INTER](options, 1));
    check(table[MAKE_SESSION](environment, path, options, &session));
    return session;
}

static void once(void *session) {
    void *value, *answers[16] = {0};
    size_t bytes = shape[0] * shape[1] * sizeof(float);
    check(table[MAKE_TENSOR](memory, row_data, bytes, shape, (size_t)2, 1, &value));
    const void *values[1] = {value};
    check(table[RUN](session, NULL, &input, values, (size_t)1, outputs, output_count, answers));
    for (size_t i = 0; i < output_count; i++) ((Release)table[RELEASE_VALUE])(answers[i]);
    ((Release)table[RELEASE_VALUE])(value);
}

struct Worker {
    pthread_t thread;
    void *session;
    double until;
    long calls;
    size_t kept;
    float *times;
};
enum { MOST_TIMES = 1 << 21 };

static void *work(void *argument) {
    struct Worker *worker = argument;
    for (double began = now(), ended; began < worker->until; began = ended) {
        once(worker->session);
        ended = now();
        worker->calls++;
        if (worker->kept < MOST_TIMES) worker->times[worker->kept++] = ended - began;
    }
    return NULL;
}

static int compare(const void *left, const void *right) {
    float a = *(const float *)left, b = *(const float *)right;
    return a < b ? -1 : a > b;
}

int main(int count, char **words) {
    if (count < 8) return fprintf(stderr, "usage: see ort_limit.c\n"), 2;
    void *library = dlopen(words[1], RTLD_NOW);
    if (!library) return fprintf(stderr, "%s\n", dlerror()), 1;
    struct Base { Function *(*api)(uint32_t); const char *(*version)(void); } const *base;
    base = ((const struct Base *(*)(void))dlsym(library, "OrtGetApiBase"))();
    table = base->api(17);
    void *environment;
    check(table[MAKE_ENVIRONMENT](4, "limit", &environment));
    check(table[MEMORY](0, 0, &memory));
    input = words[4];
    shape[0] = atol(words[5]);
    shape[1] = atol(words[6]);
    row_data = malloc(shape[0] * shape[1] * sizeof(float));
    for (int i = 0; i < shape[0] * shape[1]; i++) row_data[i] = (float)((i * 7919) % 1000) / 100;
    if (!strcmp(words[2], "hold")) {
        int models = atoi(words[3]);
        for (int i = 7 + models; i < count && output_count < 16; i++) outputs[output_count++] = words[i];
        // Once each, so that the runtime has allocated what a call needs. The sessions are kept until the end.
        for (int i = 0; i < models; i++) once(session_of(environment, words[7 + i]));
        printf("%d\n", models);
        fflush(stdout);
        getchar();
        return 0;
    }
    int threads = atoi(words[7]);
    for (int i = 9; i < count && output_count < 16; i++) outputs[output_count++] = words[i];
    void *session = session_of(environment, words[3]);
    for (int i = 0; i < 20; i++) once(session);
    struct Worker workers[64] = {0};
    double began = now();
    for (int i = 0; i < threads; i++) {
        workers[i].session = session;
        workers[i].until = began + atof(words[8]);
        workers[i].times = malloc(MOST_TIMES * sizeof(float));
        pthread_create(&workers[i].thread, NULL, work, &workers[i]);
    }
    long calls = 0;
    size_t kept = 0;
    for (int i = 0; i < threads; i++) {
        pthread_join(workers[i].thread, NULL);
        calls += workers[i].calls;
        kept += workers[i].kept;
    }
    double seconds = now() - began;
    float *all = malloc(kept * sizeof(float) + 1);
    for (int i = 0, at = 0; i < threads; at += workers[i++].kept)
        memcpy(all + at, workers[i].times, workers[i].kept * sizeof(float));
    qsort(all, kept, sizeof(float), compare);
    printf("{\"calls_per_second\": %.1f, \"p50_ms\": %.4f, \"p99_ms\": %.4f, \"version\": \"%s\"}\n", calls / seconds,
           all[kept / 2] * 1e3, all[kept * 99 / 100] * 1e3, base->version());
    return 0;
}
