// What every entity's table can do: insert, find, list by page, update, erase. An entity's own file
// names its table and adds what is particular to it.
#pragma once

#include "control/store/rows.h"

#include <string>
#include <vector>

namespace control {

inline constexpr std::size_t kDefaultPage = 50;
inline constexpr std::size_t kMaxPage = 500;
// A page also ends with the row that reaches this many bytes of text, as JSON writes it. Otherwise
// a few clients with large rows could use up the memory, and an agent's socket does not accept an
// answer of more than four times this (contracts/agent_socket/protocol.h).
inline constexpr std::size_t kPageBytes = 1 << 20;

// Whose rows are wanted. An absent field does not narrow; without any field all rows are.
struct Owner {
    std::optional<std::string> user_id{};     // empty: of nobody, who owns nothing
    std::optional<std::string> project_id{};  // the project and what belongs to it, no other's
    std::optional<std::string> maker{};       // of keys: the caller who made them
};

struct Filter {
    std::string column;
    std::string value;
};

struct PageRequest {
    std::size_t limit = kDefaultPage;
    std::string cursor{};  // `next` of the page before; empty: the first page
    std::vector<Filter> filters{};
    Owner owner{};
};

// A row with the number of its changes.
template <class E>
struct Stored {
    E entity;
    std::int64_t version = 1;
};

// The newest first. New rows never move those that are still to come.
template <class E>
struct Page {
    std::vector<Stored<E>> items;
    std::string next;  // empty: that was all
};

struct EntityTable {
    std::string_view name;        // "tasks"
    std::string_view word;        // "task"
    std::string_view own_rows;    // a condition that ends where the user's id follows
    std::string_view own_end;     // and what follows the id
    std::string_view in_project;  // a condition that ends where the project's id follows
    std::string_view project_end{};
    std::string_view made_by{};  // and the maker's name; empty: it does not matter who made a row
};

// Conditions for tables whose rows everybody sees, and for those that do not belong to a project.
inline constexpr std::string_view kAnybodys = "'' <> ";
inline constexpr std::string_view kNone = "'' = ";

// Columns beyond the entity's fields, for insert.
struct ExtraColumn {
    std::string name;
    Value value;
};

namespace rows {

// The untyped half: the entity's columns, then version, created_at and id.
[[nodiscard]] Result<Row> find(Queries& db, const EntityTable& table, const Columns& columns,
                               const std::string& id, const Owner& owner);
struct Listed {
    std::vector<Row> rows;
    std::string next;  // as of Page
};
[[nodiscard]] Result<Listed> list(Queries& db, const EntityTable& table, const Columns& columns,
                                  const PageRequest& page);
[[nodiscard]] Result<void> insert(Queries& db, const EntityTable& table, const Columns& columns,
                                  std::vector<Value> values, const std::vector<ExtraColumn>& extra);
[[nodiscard]] Result<void> update(Queries& db, const EntityTable& table, const Columns& columns,
                                  std::vector<Value> values, std::int64_t version);
// Nothing there: `not_found`.
[[nodiscard]] Result<void> erase(Queries& db, const EntityTable& table, const std::string& id);

}  // namespace rows

// Not there, or somebody else's: `not_found`.
template <class E>
[[nodiscard]] Result<Stored<E>> find_entity(Queries& db, const EntityTable& table,
                                            const std::string& id, const Owner& owner) {
    const Columns& columns = columns_of<E>();
    Result<Row> row = rows::find(db, table, columns, id, owner);
    if (!row) return fail(std::move(row.error()));
    Result<E> entity = read_row<E>(*row);
    if (!entity) return fail(std::move(entity.error()).context(table.name));
    return Stored<E>{*std::move(entity), row->integer(columns.size())};
}

// A cursor that is not ours is `invalid`, field "cursor".
template <class E>
[[nodiscard]] Result<Page<E>> list_entities(Queries& db, const EntityTable& table,
                                            const PageRequest& request) {
    const Columns& columns = columns_of<E>();
    Result<rows::Listed> found = rows::list(db, table, columns, request);
    if (!found) return fail(std::move(found.error()));
    Page<E> page;
    page.next = std::move(found->next);
    for (const Row& row : found->rows) {
        Result<E> entity = read_row<E>(row);
        if (!entity) return fail(std::move(entity.error()).context(table.name));
        page.items.push_back({*std::move(entity), row.integer(columns.size())});
    }
    return page;
}

// An id that is taken: `conflict`.
template <class E>
[[nodiscard]] Result<void> insert_entity(Queries& db, const EntityTable& table, const E& entity,
                                         const std::vector<ExtraColumn>& extra = {}) {
    return rows::insert(db, table, columns_of<E>(), values_of(entity), extra);
}

// Writes all fields of a row that still has `version`; else `conflict`. The new version is one
// more.
template <class E>
[[nodiscard]] Result<void> update_entity(Queries& db, const EntityTable& table,
                                         const Stored<E>& stored) {
    return rows::update(db, table, columns_of<E>(), values_of(stored.entity), stored.version);
}

}  // namespace control
