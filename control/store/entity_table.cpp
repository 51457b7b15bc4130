#include "control/store/entity_table.h"

#include "control/store/values.h"

#include <algorithm>
#include <charconv>
#include <concepts>

namespace control::rows {

namespace {

// A statement and its values, in the order in which they appear.
class Statement {
public:
    Statement& operator<<(std::string_view text) {
        sql_ += text;
        return *this;
    }
    template <std::same_as<Value> V>
    Statement& operator<<(V value) {
        values_.push_back(std::move(value));
        sql_ += '$';
        sql_ += std::to_string(values_.size());
        return *this;
    }
    [[nodiscard]] Result<Rows> run(Queries& db) { return db.query(sql_, std::move(values_)); }

private:
    std::string sql_;
    std::vector<Value> values_;
};

Statement select(const EntityTable& table, const Columns& columns) {
    Statement statement;
    statement << "SELECT " << columns.listed << ", version, created_at, id FROM " << table.name;
    return statement;
}

// Begins with `separator`; returns the separator for the next condition.
std::string_view restrict_to(Statement& statement, std::string_view separator,
                             const EntityTable& table, const Owner& owner) {
    const auto add = [&](std::string_view condition, const std::string& id, std::string_view end) {
        statement << separator << condition << Value(id) << end;
        separator = " AND ";
    };
    if (owner.user_id) add(table.own_rows, *owner.user_id, table.own_end);
    if (owner.project_id) add(table.in_project, *owner.project_id, table.project_end);
    if (owner.maker && !table.made_by.empty()) add(table.made_by, *owner.maker, {});
    return separator;
}

bool owns_nothing(const Owner& owner) {
    return owner.user_id && owner.user_id->empty();
}

struct Position {
    std::int64_t created_at = 0;
    std::string id;
};

Result<Position> parse_cursor(const std::string& cursor) {
    Position position;
    const char* end = cursor.data() + cursor.size();
    const auto [rest, error] = std::from_chars(cursor.data(), end, position.created_at);
    if (error != std::errc{} || rest == end || *rest != '~' || rest + 1 == end)
        return fail(ErrorKind::invalid, "is not a cursor of this list", "cursor",
                    "use the cursor from the Link header of the previous page");
    position.id.assign(rest + 1, end);
    return position;
}

// Larger pages are read in parts, one after the other: large rows end them early.
constexpr std::size_t kRowsAtOnce = 32;

Position position_of(const Row& row, std::size_t columns) {
    return {row.integer(columns + 1), row.text(columns + 2)};
}

std::string cursor_of(const Position& position) {
    return std::to_string(position.created_at) + '~' + position.id;
}

// Counts the escapes.
std::size_t bytes_in_json(std::string_view text) {
    std::size_t bytes = text.size();
    for (const char c : text) {
        if (c == '"' || c == '\\') bytes += 1;
        if (static_cast<unsigned char>(c) < 0x20) bytes += 5;  // \u0001
    }
    return bytes;
}

std::size_t bytes_in_json(const Row& row) {
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < row.size(); ++i)
        bytes += bytes_in_json(row.text(i));
    return bytes;
}

Result<Rows> list_part(Queries& db, const EntityTable& table, const Columns& columns,
                       const PageRequest& page, const std::optional<Position>& after,
                       std::size_t limit) {
    Statement statement = select(table, columns);
    std::string_view separator = " WHERE ";
    for (const Filter& filter : page.filters) {
        statement << separator << filter.column << " = " << Value(filter.value);
        separator = " AND ";
    }
    separator = restrict_to(statement, separator, table, page.owner);
    if (after)
        statement << separator << "(created_at, id) < (" << Value(after->created_at) << ", "
                  << Value(after->id) << ")";
    statement << " ORDER BY created_at DESC, id DESC LIMIT "
              << Value(static_cast<std::int64_t>(limit));
    return statement.run(db);
}

}  // namespace

Result<Row> find(Queries& db, const EntityTable& table, const Columns& columns,
                 const std::string& id, const Owner& owner) {
    const auto not_found = [&] {
        return fail(ErrorKind::not_found,
                    "there is no " + std::string(table.word) + " \"" + id + '"');
    };
    if (!check_values({id})) return not_found();  // no row can have this id
    Statement statement = select(table, columns);
    statement << " WHERE id = " << Value(id);
    restrict_to(statement, " AND ", table, owner);
    Result<Rows> found = statement.run(db);
    if (!found) return found.fault();
    if (found->rows.empty() || owns_nothing(owner)) return not_found();
    return std::move(found->rows.front());
}

Result<Listed> list(Queries& db, const EntityTable& table, const Columns& columns,
                    const PageRequest& page) {
    Listed listed;
    if (owns_nothing(page.owner) || page.limit == 0) return listed;
    std::optional<Position> after;
    if (!page.cursor.empty()) {
        Result<Position> parsed = parse_cursor(page.cursor);
        if (!parsed) return parsed.fault();
        after = *std::move(parsed);
    }
    std::size_t bytes = 0;
    const auto is_full = [&] {
        return listed.rows.size() == page.limit || bytes >= kPageBytes;
    };
    while (true) {
        // One row more than the page holds shows that there is another page.
        const std::size_t wanted =
            is_full() ? 1 : std::min(kRowsAtOnce, page.limit - listed.rows.size() + 1);
        Result<Rows> part = list_part(db, table, columns, page, after, wanted);
        if (!part) return part.fault();
        for (Row& row : part->rows) {
            if (is_full()) {
                listed.next = cursor_of(*after);
                return listed;
            }
            bytes += bytes_in_json(row);
            after = position_of(row, columns.size());
            listed.rows.push_back(std::move(row));
        }
        if (part->rows.size() < wanted) return listed;
    }
}

Result<void> insert(Queries& db, const EntityTable& table, const Columns& columns,
                    std::vector<Value> values, const std::vector<ExtraColumn>& extra) {
    Statement statement;
    statement << "INSERT INTO " << table.name << " (" << columns.listed;
    for (const ExtraColumn& column : extra) {
        statement << ", " << column.name;
        values.push_back(column.value);
    }
    statement << ", version) VALUES (";
    for (Value& value : values)
        statement << std::move(value) << ", ";
    Result<Rows> done = (statement << "1)").run(db);
    if (!done) return done.fault();
    return {};
}

Result<void> update(Queries& db, const EntityTable& table, const Columns& columns,
                    std::vector<Value> values, std::int64_t version) {
    Statement statement;
    statement << "UPDATE " << table.name << " SET version = version + 1";
    for (std::size_t i = 1; i < columns.size(); ++i)
        statement << ", " << columns.names[i] << " = " << std::move(values[i]);
    statement << " WHERE id = " << std::move(values[0]) << " AND version = " << Value(version);
    Result<Rows> done = statement.run(db);
    if (!done) return done.fault();
    if (done->changed == 0)
        return fail(ErrorKind::conflict,
                    "the " + std::string(table.word) + " was changed by somebody else", {},
                    "read it again");
    return {};
}

Result<void> erase(Queries& db, const EntityTable& table, const std::string& id) {
    Statement statement;
    statement << "DELETE FROM " << table.name << " WHERE id = " << Value(id);
    Result<Rows> done = statement.run(db);
    if (!done) return done.fault();
    if (done->changed == 0)
        return fail(ErrorKind::not_found,
                    "there is no " + std::string(table.word) + " \"" + id + '"');
    return {};
}

}  // namespace control::rows

namespace control {

Result<void> unless_taken(Result<void> outcome, std::string_view columns,
                          contracts::Error instead) {
    if (outcome || outcome.error().code != contracts::ErrorCode::not_unique ||
        outcome.error().field != columns)
        return outcome;
    return fail(std::move(instead));
}

}  // namespace control
