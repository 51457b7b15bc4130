#include "control/store/postgres/libpq.h"

#include <dlfcn.h>

namespace control {

#define ORCH_DEFINE(name) decltype(&::name) name = nullptr;
ORCH_LIBPQ_FUNCTIONS(ORCH_DEFINE)
#undef ORCH_DEFINE

namespace libpq {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Result;

namespace {

constexpr const char* kFile = "libpq.so.5";  // the name that every libpq since 8.2 has

Result<void> missing() {
    const char* reason = ::dlerror();
    return fail(ErrorKind::fatal,
                std::string("PostgreSQL's client library cannot be loaded: ") +
                    (reason == nullptr ? kFile : reason),
                "DATABASE_URL", "install libpq5 (14 or newer)");
}

template <class Function>
bool find(void* library, const char* name, Function& function) {
    function = reinterpret_cast<Function>(::dlsym(library, name));
    return function != nullptr;
}

Result<void> load_once() {
    void* library = ::dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return missing();
#define ORCH_FIND(name) \
    if (!find(library, #name, name)) return missing();
    ORCH_LIBPQ_FUNCTIONS(ORCH_FIND)
#undef ORCH_FIND
    return {};
}

}  // namespace

Result<void> load() {
    static const Result<void> loaded = load_once();
    return loaded;
}

}  // namespace libpq
}  // namespace control
