// The one table of what the API serves: requests are dispatched by it, and /openapi.json is written
// from it.
#pragma once

#include "contracts/fields/clear.h"
#include "control/api/exchange.h"

#include <span>

namespace control {

enum class Access {
    open,      // without a token
    admins,    // administrators alone
    bots,      // and tokens that speak for users
    users,     // a user with a token of his own, or a bot in his name: no worker, and no other
    people,    // the same, and an administrator without a user
    commands,  // and whoever is allowed a command that makes this request (contracts/agent_socket)
};

// A query parameter that a list takes; with choices, one of these.
struct FilterParameter {
    std::string_view name;
    contracts::Choices choices{};
    bool required = false;
};

struct Route {
    std::string_view method;
    std::string_view pattern;  // "/api/tasks/{id}"; {id} and {name} each stand for one segment
    std::string_view summary;
    Access access;
    int success;
    void (*handle)(Exchange&&);
    contracts::Json (*body)() = nullptr;  // the schemas, where there are bodies
    contracts::Json (*answer)() = nullptr;
    std::string_view entity{};  // the answer's name among the schemas; empty: it has none
    bool is_list = false;
    std::span<const FilterParameter> filters{};
    bool has_versions = true;  // changed and removed under an ETag
    bool has_pages = true;     // of a list: a cursor leads to the next one
    // Of a change: what null takes away.
    const contracts::FieldNames& (*removable)() = nullptr;
};

[[nodiscard]] std::span<const Route> routes();
// It asks nobody: whether the process runs is told also where the store does not answer.
[[nodiscard]] bool answers_at_once(const Route& route);

struct RouteMatch {
    const Route* route = nullptr;
    std::string id;
    std::string name;
    std::string allow;  // of a path that is served by other methods only
};
// `path` as it came; HEAD is served as GET.
[[nodiscard]] RouteMatch match_route(std::string_view method, std::string_view path);

// "a, b": the commands of `group` (empty: of any) that make this request; nothing: the caller may
// use one of them.
[[nodiscard]] std::optional<std::string> missing_commands(const Caller& caller,
                                                          std::string_view method,
                                                          std::string_view path,
                                                          std::string_view group = {});

// Fails with `permission` and says which commands would have been enough.
[[nodiscard]] Result<void> check_access(const Route& route, const Caller& caller);

}  // namespace control
