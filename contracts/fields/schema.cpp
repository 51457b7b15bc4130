#include "contracts/fields/schema.h"

namespace contracts {

namespace {

class SchemaWriter final : public FieldVisitor {
public:
    explicit SchemaWriter(Json& schema) : schema_(schema) {}

    void text(const Field& field, std::string&, bool&) override {
        Json form{{"type", "string"}};
        bound(form, field.bounds, "minLength", "maxLength");
        if (!field.bounds.shape.pattern.empty()) form["pattern"] = field.bounds.shape.pattern;
        if (field.bounds.shape.takes_integer) {
            form["type"] = Json::array({"string", "integer"});
            form["minimum"] = std::numeric_limits<std::int64_t>::min();
            form["maximum"] = std::numeric_limits<std::uint64_t>::max();
        }
        add(field, std::move(form));
    }
    void integer(const Field& field, std::int64_t&, bool&) override {
        Json form{{"type", "integer"},
                  {"minimum", std::numeric_limits<std::int64_t>::min()},
                  {"maximum", std::numeric_limits<std::int64_t>::max()}};
        bound(form, field.bounds, "minimum", "maximum");
        add(field, std::move(form));
    }
    void real(const Field& field, double&, bool&) override {
        Json form{{"type", "number"}};
        bound(form, field.bounds, "minimum", "maximum");
        add(field, std::move(form));
    }
    void boolean(const Field& field, bool&, bool&) override { add(field, {{"type", "boolean"}}); }
    void instant(const Field& field, Timestamp&, bool&) override {
        add(field, {{"type", "string"}, {"format", "date-time"}});
    }
    void choice(const Field& field, std::size_t&, Choices names, bool&) override {
        add(field, one_of(names));
    }
    void texts(const Field& field, std::vector<std::string>&, bool&) override {
        list(field, {{"type", "string"}});
    }
    void choice_list(const Field& field, std::vector<std::size_t>&, Choices names, bool&) override {
        list(field, one_of(names));
    }
    void table(const Field& field, std::map<std::string, std::string>&, bool&) override {
        Json form{{"type", "object"}, {"additionalProperties", {{"type", "string"}}}};
        bound(form, field.bounds, "minProperties", "maxProperties");
        add(field, std::move(form));
    }
    void document(const Field& field, Json&, bool&) override {
        Json form = Json::object();
        if (!field.bounds.shape.words.empty()) form["type"] = "object";
        add(field, std::move(form));
    }
    void group(const Field& field, Group& nested, bool&) override {
        add(field, schema_of_group(nested));
    }

private:
    static Json one_of(Choices names) {
        Json values = Json::array();
        for (const std::string_view name : names)
            values.push_back(name);
        return {{"type", "string"}, {"enum", std::move(values)}};
    }

    void list(const Field& field, Json items) {
        Json form{{"type", "array"}, {"items", std::move(items)}};
        bound(form, field.bounds, "minItems", "maxItems");
        add(field, std::move(form));
    }

    static void bound(Json& form, const Bounds& bounds, const char* low, const char* high) {
        if (bounds.low != std::numeric_limits<std::int64_t>::min()) form[low] = bounds.low;
        if (bounds.high != std::numeric_limits<std::int64_t>::max()) form[high] = bounds.high;
    }

    void add(const Field& field, Json form) {
        schema_["properties"][std::string(field.name)] = std::move(form);
        if (field.presence == Presence::required) schema_["required"].push_back(field.name);
    }

    Json& schema_;
};

}  // namespace

Json schema_of_group(Group& group) {
    Json schema{{"type", "object"}, {"properties", Json::object()}};
    SchemaWriter writer(schema);
    FieldList fields(writer);
    group.visit(fields);
    return schema;
}

}  // namespace contracts
