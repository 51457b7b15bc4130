// Entities as rows, by their field lists: each field is a column with its name. Enums are stored by
// their names, times as milliseconds, lists, tables and documents as JSON, absent fields as NULL.
#pragma once

#include "contracts/fields/field_list.h"
#include "control/store/database.h"

namespace control {

// In the order of the fields.
struct Columns {
    std::vector<std::string> names;
    std::string listed;  // "id, project_id, type"

    [[nodiscard]] std::size_t size() const { return names.size(); }
};

[[nodiscard]] Columns columns_of_group(contracts::Group& group);
[[nodiscard]] std::vector<Value> values_of_group(contracts::Group& group);
// Reads the columns from `first` on. A value that the field cannot have is `fatal`, because we
// never write one.
[[nodiscard]] Result<void> read_row_group(const Row& row, std::size_t first,
                                          contracts::Group& group);

template <class E>
struct EntityGroup final : contracts::Group {
    E entity{};
    EntityGroup() = default;
    explicit EntityGroup(E whole) : entity(std::move(whole)) {}
    void visit(contracts::FieldList& fields) override { visit_fields(entity, fields); }
};

template <class E>
[[nodiscard]] const Columns& columns_of() {
    static const Columns columns = [] {
        EntityGroup<E> group;
        return columns_of_group(group);
    }();
    return columns;
}

template <class E>
[[nodiscard]] std::vector<Value> values_of(const E& entity) {
    EntityGroup<E> group(entity);
    return values_of_group(group);
}

template <class E>
[[nodiscard]] Result<E> read_row(const Row& row, std::size_t first = 0) {
    EntityGroup<E> group;
    if (Result<void> read = read_row_group(row, first, group); !read) return read.fault();
    return std::move(group.entity);
}

}  // namespace control
