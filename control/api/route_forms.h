// The usual forms of a route, for the table in routes.cpp. A resource gives the types of its entity
// and of the bodies that create and change it (resources.h).
#pragma once

#include "contracts/fields/schema.h"
#include "control/api/handlers.h"
#include "control/api/routes.h"

namespace control {

// The five routes of a resource, in the usual order.
template <class R>
struct RoutesOf {
    static constexpr auto kEntity = &contracts::schema_of<typename R::Entity>;
    static constexpr auto kNew = &contracts::schema_of<typename R::New>;
    static constexpr auto kChange = &contracts::schema_of<typename R::Change>;
};

// For resources that only administrators manage.
template <class R>
constexpr Route list_route(std::string_view path, std::string_view summary, std::string_view entity,
                           std::span<const FilterParameter> filters,
                           Access access = Access::admins) {
    return {"GET",  path,           summary, access,
            200,    handle_list<R>, nullptr, &contracts::schema_of<typename R::Entity>,
            entity, true,           filters};
}

template <class R>
constexpr Route create_route(std::string_view path, std::string_view summary,
                             std::string_view entity, Access access = Access::admins) {
    return {"POST",
            path,
            summary,
            access,
            201,
            handle_create<R>,
            &contracts::schema_of<typename R::New>,
            &contracts::schema_of<typename R::Entity>,
            entity};
}

template <class R>
constexpr Route read_route(std::string_view path, std::string_view summary, std::string_view entity,
                           Access access = Access::admins) {
    return {"GET", path,          summary, access,
            200,   handle_get<R>, nullptr, &contracts::schema_of<typename R::Entity>,
            entity};
}

template <class R>
constexpr Route change_route(std::string_view path, std::string_view summary,
                             std::string_view entity, Access access = Access::admins) {
    return {"PATCH",
            path,
            summary,
            access,
            200,
            handle_change<R>,
            RoutesOf<R>::kChange,
            RoutesOf<R>::kEntity,
            entity,
            false,
            {},
            true,
            true,
            &removable_fields<R>};
}

template <class R>
constexpr Route erase_route(std::string_view path, std::string_view summary) {
    return {"DELETE", path, summary, Access::admins, 204, handle_erase<R>};
}

// A short list with a single page.
template <class E>
constexpr Route whole_route(std::string_view path, std::string_view summary,
                            void (*handle)(Exchange&&), std::string_view entity) {
    return {.method = "GET",
            .pattern = path,
            .summary = summary,
            .access = Access::admins,
            .success = 200,
            .handle = handle,
            .answer = &contracts::schema_of<E>,
            .entity = entity,
            .is_list = true,
            .has_pages = false};
}

}  // namespace control
