// What every entity's table supports: insert, find, list by page, update, erase. An entity's own
// file names its table and adds its specific rules.
#pragma once

#include "control/store/rows.h"

#include <string>
#include <vector>

namespace control {

inline constexpr std::size_t kDefaultPage = 50;
inline constexpr std::size_t kMaxPage = 500;
// A page also ends with the row that reaches this many bytes of text, in JSON. Otherwise a few
// clients with large rows could use up the memory, and an agent's socket does not accept an answer
// of more than four times this (contracts/agent_socket/protocol.h).
inline constexpr std::size_t kPageBytes = 1 << 20;

// Restricts rows to an owner. An absent field does not restrict; without any field all rows match.
struct Owner {
    std::optional<std::string> user_id{};     // empty: nobody, who owns nothing
    std::optional<std::string> project_id{};  // only the project and its rows
    std::optional<std::string> maker{};       // for keys: the caller who created them
};

struct Filter {
    std::string column;
    std::string value;
};

struct PageRequest {
    std::size_t limit = kDefaultPage;
    std::string cursor{};  // `next` of the previous page; empty: the first page
    std::vector<Filter> filters{};
    Owner owner{};
};

// A row with its version number.
template <class E>
struct Stored {
    E entity;
    std::int64_t version = 1;
};

// The newest first. New rows never move rows of later pages.
template <class E>
struct Page {
    std::vector<Stored<E>> items;
    std::string next;  // empty: there are no more pages
};

struct EntityTable {
    std::string_view name;        // "tasks"
    std::string_view word;        // "task"
    std::string_view own_rows;    // a condition; the user's id follows it
    std::string_view own_end;     // what follows the id
    std::string_view in_project;  // a condition; the project's id follows it
    std::string_view project_end{};
    std::string_view made_by{};  // a condition; the creator's name follows it; empty: the creator
                                 // does not matter
};

// Conditions for tables whose rows everybody may see, and for tables whose rows do not belong to a
// project.
inline constexpr std::string_view kAnybodys = "'' <> ";
inline constexpr std::string_view kNone = "'' = ";

// Columns beyond the entity's fields, for insert.
struct ExtraColumn {
    std::string name;
    Value value;
};

namespace rows {

// The untyped part: the entity's columns, then version, created_at and id.
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
// No such row: `not_found`.
[[nodiscard]] Result<void> erase(Queries& db, const EntityTable& table, const std::string& id);

}  // namespace rows

// No such row, or somebody else's: `not_found`.
template <class E>
[[nodiscard]] Result<Stored<E>> find_entity(Queries& db, const EntityTable& table,
                                            const std::string& id, const Owner& owner) {
    const Columns& columns = columns_of<E>();
    Result<Row> row = rows::find(db, table, columns, id, owner);
    if (!row) return row.fault();
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
    if (!found) return found.fault();
    Page<E> page;
    page.next = std::move(found->next);
    for (const Row& row : found->rows) {
        Result<E> entity = read_row<E>(row);
        if (!entity) return fail(std::move(entity.error()).context(table.name));
        page.items.push_back({*std::move(entity), row.integer(columns.size())});
    }
    return page;
}

// An id that exists already: `conflict`.
template <class E>
[[nodiscard]] Result<void> insert_entity(Queries& db, const EntityTable& table, const E& entity,
                                         const std::vector<ExtraColumn>& extra = {}) {
    return rows::insert(db, table, columns_of<E>(), values_of(entity), extra);
}

// `outcome`, but `instead` if it failed because another row has the same values in `columns`
// ("servers.handle", or several with ", " between them).
[[nodiscard]] Result<void> unless_taken(Result<void> outcome, std::string_view columns,
                                        contracts::Error instead);

// Writes all fields of a row that still has `version`; else `conflict`. The version grows by one.
template <class E>
[[nodiscard]] Result<void> update_entity(Queries& db, const EntityTable& table,
                                         const Stored<E>& stored) {
    return rows::update(db, table, columns_of<E>(), values_of(stored.entity), stored.version);
}

}  // namespace control
