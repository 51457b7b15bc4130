#include "control/yaml/yaml_document.h"

#include "control/yaml/yaml_events.h"

namespace control {

using contracts::fail;
using contracts::Json;
using contracts::Result;

namespace {

// The reader bounds the depth of this recursion.
Result<Json> read_value(YamlReader& reader, const YamlEvent& first);

Result<Json> read_map(YamlReader& reader) {
    Json map = Json::object();
    while (true) {
        const Result<YamlEvent> key = reader.next();
        if (!key) return key.fault();
        if (key->kind != YamlKind::scalar) return map;
        const Result<YamlEvent> first = reader.next();
        if (!first) return first.fault();
        Result<Json> value = read_value(reader, *first);
        if (!value) return value;
        map[key->text] = std::move(*value);
    }
}

Result<Json> read_list(YamlReader& reader) {
    Json list = Json::array();
    while (true) {
        const Result<YamlEvent> first = reader.next();
        if (!first) return first.fault();
        if (first->kind == YamlKind::list_end) return list;
        Result<Json> value = read_value(reader, *first);
        if (!value) return value;
        list.push_back(std::move(*value));
    }
}

Result<Json> read_value(YamlReader& reader, const YamlEvent& first) {
    switch (first.kind) {
        case YamlKind::map_begin:
            return read_map(reader);
        case YamlKind::list_begin:
            return read_list(reader);
        default:
            return Json(first.text);
    }
}

}  // namespace

Result<Json> read_yaml_document(std::string_view text) {
    YamlReader reader(text);
    const Result<YamlEvent> first = reader.next();
    if (!first) return first.fault();
    Result<Json> document = read_value(reader, *first);
    if (!document) return document;
    if (const Result<YamlEvent> end = reader.next(); !end) return end.fault();
    return document;
}

}  // namespace control
