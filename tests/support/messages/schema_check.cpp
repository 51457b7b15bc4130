#include "tests/support/messages/schema_check.h"

#include <regex>
#include <set>
#include <stdexcept>

namespace tests {

using contracts::Json;

namespace {

bool is_type(const Json& document, const std::string& type) {
    if (type == "string") return document.is_string();
    if (type == "integer") return document.is_number_integer();
    if (type == "number") return document.is_number();
    if (type == "boolean") return document.is_boolean();
    if (type == "array") return document.is_array();
    if (type == "object") return document.is_object();
    throw std::logic_error("schema type " + type);
}

bool has_type(const Json& document, const Json& types) {
    if (types.is_string()) return is_type(document, types.get<std::string>());
    for (const Json& type : types)
        if (is_type(document, type.get<std::string>())) return true;
    return false;
}

// Patterns with \u are checked by hand as ECMAScript would: std::regex matches byte by byte.
bool matches(const std::string& text, const std::string& pattern) {
    if (pattern.find("\\u") != std::string::npos) {
        for (const char c : text)
            if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return false;
        return !text.empty() || pattern.ends_with("*$");
    }
    return std::regex_search(text, std::regex(pattern));
}

std::string size_fault(const Json& schema, const Json& document) {
    const auto outside = [&](const char* low, const char* high, auto size) {
        return (schema.contains(low) && size < schema[low].template get<decltype(size)>()) ||
               (schema.contains(high) && size > schema[high].template get<decltype(size)>());
    };
    if (document.is_string()) {
        const auto& text = document.get_ref<const std::string&>();
        if (outside("minLength", "maxLength", static_cast<std::int64_t>(text.size())))
            return "length";
        if (schema.contains("pattern") && !matches(text, schema["pattern"])) return "pattern";
    }
    if (document.is_array() &&
        outside("minItems", "maxItems", static_cast<std::int64_t>(document.size())))
        return "items";
    if (document.is_object() &&
        outside("minProperties", "maxProperties", static_cast<std::int64_t>(document.size())))
        return "properties";
    if (document.is_number() && outside("minimum", "maximum", document.get<double>()))
        return "range";
    return {};
}

std::string members_fault(const Json& schema, const Json& document) {
    if (schema.contains("required"))
        for (const Json& name : schema["required"])
            if (!document.contains(name.get<std::string>())) return name.get<std::string>();
    for (const auto& [name, value] : document.items()) {
        std::string fault;
        if (schema.contains("properties") && schema["properties"].contains(name))
            fault = schema_fault(schema["properties"][name], value);
        else if (schema.contains("additionalProperties"))
            fault = schema_fault(schema["additionalProperties"], value);
        if (!fault.empty()) return name + ": " + fault;
    }
    return {};
}

}  // namespace

std::string schema_fault(const Json& schema, const Json& document) {
    static const std::set<std::string> known{
        "type",    "enum",          "required",      "properties",
        "items",   "format",        "minLength",     "maxLength",
        "minimum", "maximum",       "minItems",      "maxItems",
        "pattern", "minProperties", "maxProperties", "additionalProperties"};
    for (const auto& [keyword, value] : schema.items())
        if (!known.contains(keyword)) throw std::logic_error("schema keyword " + keyword);
    if (schema.contains("type") && !has_type(document, schema["type"])) return "type";
    if (schema.contains("enum")) {
        bool found = false;
        for (const Json& one : schema["enum"])
            found = found || one == document;
        if (!found) return "enum";
    }
    if (std::string fault = size_fault(schema, document); !fault.empty()) return fault;
    if (document.is_object()) return members_fault(schema, document);
    if (document.is_array() && schema.contains("items"))
        for (const Json& item : document)
            if (std::string fault = schema_fault(schema["items"], item); !fault.empty())
                return fault;
    return {};
}

}  // namespace tests
