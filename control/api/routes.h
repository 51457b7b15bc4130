// The only table of what the API serves: requests are dispatched by it, and /openapi.json is
// generated from it.
#pragma once

#include "contracts/fields/clear.h"
#include "control/api/exchange.h"

#include <span>

namespace control {

enum class Access {
    open,      // no token needed
    admins,    // administrators only
    bots,      // administrators and tokens that speak for users
    users,     // a user with a token of their own, or a bot that acts for the user; not a worker
    people,    // the same, and an administrator without a user
    commands,  // administrators and callers with a command that makes this request
               // (contracts/agent_socket)
};

// A query parameter, usually of a list; if there are choices, its value is one of them.
struct FilterParameter {
    std::string_view name;
    contracts::Choices choices{};
    bool required = false;
    std::string_view summary = "only these";
};

struct Route {
    std::string_view method;
    std::string_view pattern;  // "/api/tasks/{id}"; {id} and {name} each stand for one segment
    std::string_view summary;
    Access access;
    int success;
    void (*handle)(Exchange&&);
    contracts::Json (*body)() = nullptr;  // the schemas of request and answer, if they have bodies
    contracts::Json (*answer)() = nullptr;
    std::string_view entity{};  // the answer's name among the schemas; empty: none
    bool is_list = false;
    std::span<const FilterParameter> filters{};
    bool has_versions = true;  // changes and removals support ETags
    bool has_pages = true;     // of a list: a cursor leads to the next page
    // For a change: the fields that null removes.
    const contracts::FieldNames& (*removable)() = nullptr;
};

[[nodiscard]] std::span<const Route> routes();
// Whether the route needs neither the store nor a thread: /livez answers even without a store.
[[nodiscard]] bool answers_at_once(const Route& route);

struct RouteMatch {
    const Route* route = nullptr;
    std::string id;
    std::string name;
    std::string allow;  // for a path that supports other methods only
};
// `path` is still encoded; HEAD is matched as GET.
[[nodiscard]] RouteMatch match_route(std::string_view method, std::string_view path);

// "a, b": the commands of `group` (empty: any group) that make this request; empty optional if the
// caller may use one of them.
[[nodiscard]] std::optional<std::string> missing_commands(const Caller& caller,
                                                          std::string_view method,
                                                          std::string_view path,
                                                          std::string_view group = {});

// Fails with `permission` and names the commands that would be sufficient.
[[nodiscard]] Result<void> check_access(const Route& route, const Caller& caller);

}  // namespace control
