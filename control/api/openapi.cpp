#include "control/api/openapi.h"

#include "contracts/base/text.h"
#include "contracts/entities/secrets.h"
#include "control/api/routes.h"
#include "control/store/entity_table.h"

#include <algorithm>

namespace control {

using contracts::Json;

namespace {

// No text may contain U+0000: the stores cannot hold it.
constexpr const char* kText = "^[^\\u0000]*$";
// The values of If-Match: quoted ETags, or "*".
constexpr const char* kMarks = R"re(^([*]|(W/)?"[^"]*"( *, *(W/)?"[^"]*")*)$)re";

Json reference(std::string_view kind, std::string_view name) {
    return {{"$ref", std::string("#/components/").append(kind).append("/").append(name)}};
}

Json query_parameter(std::string_view name, Json schema, std::string_view description) {
    return {{"name", std::string(name)},
            {"in", "query"},
            {"schema", std::move(schema)},
            {"description", std::string(description)}};
}

Json header_parameter(std::string_view name, std::string_view pattern,
                      std::string_view description) {
    return {{"name", std::string(name)},
            {"in", "header"},
            {"schema", {{"type", "string"}, {"pattern", std::string(pattern)}}},
            {"description", std::string(description)}};
}

// Whether it supports If-None-Match.
bool is_versioned_read(const Route& route) {
    return route.method == "GET" && !route.is_list && !route.entity.empty() && route.has_versions &&
           route.access != Access::open;
}

// Whether it supports If-Match.
bool is_conditional(const Route& route) {
    return route.has_versions && (route.method == "PATCH" || route.method == "DELETE");
}

Json parameters_of(const Route& route) {
    Json parameters = Json::array();
    if (route.pattern.find("{id}") != std::string_view::npos)
        parameters.push_back({{"name", "id"},
                              {"in", "path"},
                              {"required", true},
                              {"schema", {{"type", "string"}, {"pattern", kText}}}});
    if (route.pattern.find("{name}") != std::string_view::npos)
        parameters.push_back({{"name", "name"},
                              {"in", "path"},
                              {"required", true},
                              {"schema",
                               {{"type", "string"},
                                {"pattern", std::string(contracts::kSecretName.shape.pattern)}}}});
    if (route.is_list) {
        parameters.push_back(query_parameter(
            "limit",
            {{"type", "integer"}, {"minimum", 1}, {"maximum", kMaxPage}, {"default", kDefaultPage}},
            "maximum number of rows; a page of large rows ends earlier and its Link header leads "
            "on"));
        if (route.has_pages)
            parameters.push_back(query_parameter(
                "cursor", {{"type", "string"}, {"pattern", "^[0-9]{1,15}~[^\\u0000]+$"}},
                "from the Link header of the previous page"));
    }
    for (const FilterParameter& filter : route.filters) {
        Json schema{{"type", "string"}, {"pattern", kText}};
        for (const std::string_view choice : filter.choices)
            schema["enum"].push_back(std::string(choice));
        parameters.push_back(query_parameter(filter.name, std::move(schema), filter.summary));
        if (filter.required) parameters.back()["required"] = true;
    }
    // A request without a body takes no key: each one creates something new.
    if (route.method == "POST" && route.body != nullptr)
        parameters.push_back(
            header_parameter("Idempotency-Key", "^[!-~]{1,255}$",
                             "for a day, the same key and body create nothing new"));
    if (is_conditional(route))
        parameters.push_back(header_parameter(
            "If-Match", kMarks, "the change is made only if this is still the entity's ETag"));
    if (is_versioned_read(route))
        parameters.push_back(
            {{"name", "If-None-Match"},
             {"in", "header"},
             {"schema", {{"type", "string"}}},
             {"description", "the ETag that the client has: 304 if it is still current"}});
    return parameters;
}

Json content(std::string_view type, Json schema) {
    return {{std::string(type), {{"schema", std::move(schema)}}}};
}

Json success_of(const Route& route) {
    Json response{{"description", std::string(route.summary)}};
    if (route.answer == nullptr) return response;
    Json schema = route.entity.empty() ? route.answer() : reference("schemas", route.entity);
    if (route.is_list) {
        schema = {{"type", "array"}, {"items", std::move(schema)}};
        if (route.has_pages)
            response["headers"]["Link"] = {{"schema", {{"type", "string"}}},
                                           {"description", "the next page, rel=\"next\""}};
    } else if (!route.entity.empty() && route.has_versions && route.access != Access::open) {
        response["headers"]["ETag"] = {{"schema", {{"type", "string"}}}};
    }
    response["content"] = content("application/json", std::move(schema));
    return response;
}

// The refusals that a route can answer.
std::vector<int> refusals_of(const Route& route) {
    std::vector<int> refusals;
    if (route.access != Access::open) refusals = {401, 403};
    const bool names_one = route.pattern.find('{') != std::string_view::npos;
    if (names_one || route.method == "POST") refusals.push_back(404);
    if (route.body != nullptr)
        refusals.insert(refusals.end(), {400, 409, 413, 415, 422});
    else if (route.method == "DELETE" || route.method == "PUT")
        refusals.insert(refusals.end(), {409, 422});
    else if (route.method == "POST")
        refusals.push_back(409);  // a command that does not fit the state of its target
    else if (route.is_list || !route.filters.empty())
        refusals.push_back(422);
    if (is_conditional(route)) refusals.push_back(412);
    if (route.access != Access::open) refusals.push_back(429);
    refusals.push_back(503);
    return refusals;
}

void forbid_null_characters(Json& schema) {
    if (schema.is_object() && schema.value("type", Json()) == "string" &&
        !schema.contains("pattern") && !schema.contains("enum") && !schema.contains("format"))
        schema["pattern"] = kText;
    if (!schema.is_structured()) return;
    for (Json& part : schema)
        forbid_null_characters(part);
}

// A strict schema is relaxed: null in a new entity is the same as leaving the field out. In a
// change, null removes an optional field, and at least one field that can be changed must be
// present.
Json body_of(const Route& route) {
    Json schema = route.body();
    forbid_null_characters(schema);
    const Json required = schema.value("required", Json::array());
    for (auto& [name, property] : schema.at("properties").items()) {
        const bool is_change = route.method == "PATCH";
        const bool takes_null = is_change
                                    ? route.removable().contains(name)
                                    : std::ranges::find(required, Json(name)) == required.end();
        if (is_change) schema["anyOf"].push_back({{"required", Json::array({name})}});
        if (takes_null)
            property = {{"anyOf", Json::array({std::move(property), {{"type", "null"}}})}};
        else if (property.empty())
            property = {{"not", {{"type", "null"}}}};
    }
    return schema;
}

Json operation_of(const Route& route) {
    Json operation{{"summary", std::string(route.summary)}};
    Json parameters = parameters_of(route);
    if (!parameters.empty()) operation["parameters"] = std::move(parameters);
    if (route.body != nullptr)
        operation["requestBody"] = {{"required", true},
                                    {"content", content("application/json", body_of(route))}};
    if (route.access == Access::open) operation["security"] = Json::array();
    Json& responses = operation["responses"];
    responses[std::to_string(route.success)] = success_of(route);
    if (is_versioned_read(route))
        responses["304"] = {{"description", "it still has the ETag in If-None-Match"}};
    for (const int status : refusals_of(route))
        responses[std::to_string(status)] = reference("responses", "Problem");
    return operation;
}

Json problem_schema() {
    const Json text{{"type", "string"}};
    return {{"type", "object"},
            {"required", {"type", "title", "status", "detail"}},
            {"properties",
             {{"type", text},
              {"title", text},
              {"status", {{"type", "integer"}}},
              {"detail", text},
              {"field", text},
              {"next_step", text}}}};
}

}  // namespace

Json openapi() {
    Json document{{"openapi", "3.1.0"},
                  {"info", {{"title", "codegen-orchestrator"}, {"version", "1"}}},
                  {"security", Json::array({{{"token", Json::array()}}})}};
    Json& components = document["components"];
    components["securitySchemes"]["token"] = {{"type", "http"}, {"scheme", "bearer"}};
    components["schemas"]["Problem"] = problem_schema();
    components["responses"]["Problem"] = {
        {"description", "what is wrong, where, and what to do next (RFC 9457)"},
        {"content", content("application/problem+json", reference("schemas", "Problem"))}};
    for (const Route& route : routes()) {
        document["paths"][std::string(route.pattern)][contracts::lower_case(route.method)] =
            operation_of(route);
        if (!route.entity.empty())
            components["schemas"][std::string(route.entity)] = route.answer();
    }
    return document;
}

}  // namespace control
