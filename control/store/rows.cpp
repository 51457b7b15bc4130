#include "control/store/rows.h"

#include "contracts/base/text.h"

#include <cstdio>
#include <cstdlib>

namespace control {

using contracts::Choices;
using contracts::Field;
using contracts::FieldList;
using contracts::FieldVisitor;
using contracts::Group;
using contracts::Json;
using contracts::Timestamp;

namespace {

class ColumnNames final : public FieldVisitor {
public:
    std::vector<std::string> names;

    void text(const Field& f, std::string&, bool&) override { add(f); }
    void integer(const Field& f, std::int64_t&, bool&) override { add(f); }
    void real(const Field& f, double&, bool&) override { add(f); }
    void boolean(const Field& f, bool&, bool&) override { add(f); }
    void instant(const Field& f, Timestamp&, bool&) override { add(f); }
    void choice(const Field& f, std::size_t&, Choices, bool&) override { add(f); }
    void texts(const Field& f, std::vector<std::string>&, bool&) override { add(f); }
    void choice_list(const Field& f, std::vector<std::size_t>&, Choices, bool&) override { add(f); }
    void table(const Field& f, std::map<std::string, std::string>&, bool&) override { add(f); }
    void document(const Field& f, Json&, bool&) override { add(f); }
    void group(const Field& f, Group&, bool&) override { add(f); }

private:
    // Quoted, because a field's name may be a word of SQL.
    void add(const Field& field) { names.push_back("\"" + std::string(field.name) + "\""); }
};

class RowWriter final : public FieldVisitor {
public:
    std::vector<Value> values;

    void text(const Field&, std::string& m, bool& present) override { put(m, present); }
    void integer(const Field&, std::int64_t& m, bool& present) override { put(m, present); }
    void real(const Field&, double& m, bool& present) override {
        char text[32];
        std::snprintf(text, sizeof text, "%.17g", m);
        put(std::string(text), present);
    }
    void boolean(const Field&, bool& m, bool& present) override {
        put(std::int64_t{m ? 1 : 0}, present);
    }
    void instant(const Field&, Timestamp& m, bool& present) override {
        put(static_cast<std::int64_t>(m.time_since_epoch().count()), present);
    }
    void choice(const Field&, std::size_t& index, Choices names, bool& present) override {
        put(std::string(names[index]), present);
    }
    void texts(const Field&, std::vector<std::string>& m, bool& present) override {
        put(contracts::dump_json(m), present);
    }
    void choice_list(const Field&, std::vector<std::size_t>& m, Choices names,
                     bool& present) override {
        Json list = Json::array();
        for (const std::size_t index : m)
            list.push_back(std::string(names[index]));
        put(contracts::dump_json(list), present);
    }
    void table(const Field&, std::map<std::string, std::string>& m, bool& present) override {
        put(contracts::dump_json(m), present);
    }
    void document(const Field&, Json& m, bool& present) override {
        put(contracts::dump_json(m), present);
    }
    void group(const Field&, Group&, bool&) override { values.emplace_back(); }

private:
    // Built in place: if it were moved, g++-12 would warn about a string that the variant does not
    // hold.
    template <typename Held>
    void put(Held&& value, bool present) {
        if (present)
            values.emplace_back(std::forward<Held>(value));
        else
            values.emplace_back();
    }
};

class RowReader final : public FieldVisitor {
public:
    RowReader(const Row& row, std::size_t first) : row_(row), column_(first) {}

    std::string fault;  // the first field that could not be read

    void text(const Field&, std::string& m, bool& present) override {
        if (const std::string* value = take(present)) m = *value;
    }
    void integer(const Field&, std::int64_t& m, bool& present) override {
        if (const auto value = take_integer(present)) m = *value;
    }
    void real(const Field&, double& m, bool& present) override {
        if (const std::string* value = take(present)) m = std::strtod(value->c_str(), nullptr);
    }
    void boolean(const Field&, bool& m, bool& present) override {
        if (const auto value = take_integer(present)) m = *value != 0;
    }
    void instant(const Field&, Timestamp& m, bool& present) override {
        if (const auto value = take_integer(present))
            m = Timestamp(std::chrono::milliseconds(*value));
    }
    void choice(const Field& f, std::size_t& index, Choices names, bool& present) override {
        if (const std::string* value = take(present)) find(f, *value, names, index);
    }
    void texts(const Field& f, std::vector<std::string>& m, bool& present) override {
        m.clear();
        for (const Json& item : take_json(f, present))
            if (item.is_string()) m.push_back(item.get<std::string>());
    }
    void choice_list(const Field& f, std::vector<std::size_t>& m, Choices names,
                     bool& present) override {
        m.clear();
        for (const Json& item : take_json(f, present)) {
            std::size_t index = 0;
            find(f, item.is_string() ? item.get<std::string>() : std::string(), names, index);
            m.push_back(index);
        }
    }
    void table(const Field& f, std::map<std::string, std::string>& m, bool& present) override {
        m.clear();
        const Json document = take_json(f, present);
        for (const auto& [key, item] : document.items())
            if (item.is_string()) m.emplace(key, item.get<std::string>());
    }
    void document(const Field& f, Json& m, bool& present) override { m = take_json(f, present); }
    void group(const Field&, Group&, bool& present) override {
        present = false;
        ++column_;
    }

private:
    const std::string* take(bool& present) {
        present = !row_.is_null(column_);
        const std::string& value = row_.text(column_++);
        return present ? &value : nullptr;
    }
    std::optional<std::int64_t> take_integer(bool& present) {
        const std::optional<std::int64_t> value = row_.optional_integer(column_++);
        present = value.has_value();
        return value;
    }
    Json take_json(const Field& field, bool& present) {
        const std::string* text = take(present);
        if (text == nullptr) return {};
        Result<Json> document = contracts::parse_json(*text);
        if (!document) return (note(field), Json());
        return *std::move(document);
    }
    void find(const Field& field, const std::string& value, Choices names, std::size_t& index) {
        for (std::size_t i = 0; i < names.size(); ++i)
            if (names[i] == value) return void(index = i);
        note(field);
    }
    void note(const Field& field) {
        if (fault.empty()) fault = field.name;
    }

    const Row& row_;
    std::size_t column_;
};

}  // namespace

Columns columns_of_group(Group& group) {
    ColumnNames visitor;
    FieldList fields(visitor);
    group.visit(fields);
    std::string listed = contracts::joined(visitor.names);
    return {std::move(visitor.names), std::move(listed)};
}

std::vector<Value> values_of_group(Group& group) {
    RowWriter visitor;
    FieldList fields(visitor);
    group.visit(fields);
    return std::move(visitor.values);
}

Result<void> read_row_group(const Row& row, std::size_t first, Group& group) {
    RowReader visitor(row, first);
    FieldList fields(visitor);
    group.visit(fields);
    if (visitor.fault.empty()) return {};
    return fail(ErrorKind::fatal, "the stored value is not one of the known values", visitor.fault);
}

}  // namespace control
