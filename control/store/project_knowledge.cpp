#include "control/store/project_knowledge.h"

#include "contracts/base/id.h"
#include "control/store/rag_documents.h"
#include "control/store/rows.h"
#include "control/store/run.h"
#include "control/store/vector_text.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace control::project_knowledge {

using contracts::RagChunk;
using contracts::RagDocument;
using contracts::Timestamp;

namespace {

constexpr std::size_t kScannedAtOnce = 1000;

std::string source_of(const std::string& project_id) {
    return "project:" + project_id;
}

// Ids of a project's documents by path.
Result<std::map<std::string, std::string>> ids_by_path(Queries& db, const std::string& project_id) {
    const auto rows =
        db.query("SELECT path, id FROM rag_documents WHERE project_id = $1", {project_id});
    if (!rows) return rows.fault();
    std::map<std::string, std::string> ids;
    for (const Row& row : rows->rows)
        ids.emplace(row.text(0), row.text(1));
    return ids;
}

Result<void> add(Queries& db, const std::string& project_id, const ProjectFile& file,
                 Timestamp now) {
    const RagDocument document{.id = contracts::make_uuid7(now),
                               .source = source_of(project_id),
                               .path = file.path,
                               .text = file.text,
                               .created_at = now};
    if (Result<void> put = rag_documents::insert(db, document); !put) return put;
    return run(db, "UPDATE rag_documents SET project_id = $1 WHERE id = $2",
               {project_id, document.id});
}

// True if it is new or its text has changed.
Result<bool> put_file(Queries& db, const std::string& project_id, const ProjectFile& file,
                      const std::string& known_id, Timestamp now) {
    if (known_id.empty()) {
        Result<void> added = add(db, project_id, file, now);
        return added ? Result<bool>(true) : added.fault();
    }
    Result<Stored<RagDocument>> known = rag_documents::find(db, known_id);
    if (!known) return known.fault();
    if (known->entity.text == file.text) return false;
    known->entity.text = file.text;
    Result<void> put = rag_documents::update(db, *known);
    return put ? Result<bool>(true) : put.fault();
}

Result<void> note_left(Queries& db, const Reading& reading) {
    if (Result<void> gone =
            run(db, "DELETE FROM project_files_left WHERE project_id = $1", {reading.project_id});
        !gone)
        return gone;
    for (const LeftFile& one : reading.left)
        if (Result<void> put = run(
                db, "INSERT INTO project_files_left (project_id, path, reason) VALUES ($1, $2, $3)",
                {reading.project_id, one.path, one.reason});
            !put)
            return put;
    return {};
}

struct Near {
    float similarity = 0;
    std::string id;
};

// Compares one page of a project's parts; returns the last number seen, 0 if there was none.
Result<std::int64_t> compare_page(Queries& db, const std::vector<Value>& of, const Vector& asked,
                                  std::vector<Near>& found) {
    const auto rows = db.query(
        "SELECT rag_chunks.seq, rag_chunks.id, vector FROM rag_chunks JOIN rag_documents ON "
        "rag_documents.id = document_id WHERE project_id = $1 AND vector_model = $2 AND "
        "rag_chunks.seq > $3 ORDER BY rag_chunks.seq LIMIT $4",
        of);
    if (!rows) return rows.fault();
    for (const Row& row : rows->rows) {
        const auto vector = vector_of(row.text(2));
        if (vector && vector->size() == asked.size())
            found.push_back({.similarity = product(*vector, asked), .id = row.text(1)});
    }
    return rows->rows.empty() ? 0 : rows->rows.back().integer(0);
}

Result<RagChunk> find_part(Queries& db, const std::string& id) {
    const auto rows = db.query(
        "SELECT rag_chunks.id, document_id, source, path, position, rag_chunks.text, embedding "
        "FROM rag_chunks JOIN rag_documents ON rag_documents.id = document_id WHERE "
        "rag_chunks.id = $1",
        {id});
    if (!rows) return rows.fault();
    if (rows->rows.empty()) return fail(ErrorKind::not_found, "the part is gone");
    return read_row<RagChunk>(rows->rows.front());
}

// Where the database compares vectors by itself (postgres/vectors.h).
Result<bool> compares_vectors(Queries& db) {
    if (db.dialect() != Dialect::postgres) return false;
    const auto rows = db.query(
        "SELECT COUNT(*) FROM pg_attribute WHERE attrelid = to_regclass('rag_chunks') AND "
        "attname = 'unit_vector' AND NOT attisdropped");
    if (!rows) return rows.fault();
    return rows->rows.front().integer(0) > 0;
}

// "[0.5,-0.25]"
std::string vector_literal(const Vector& vector) {
    std::string text = "[";
    for (const float number : vector) {
        char digits[32];
        const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
        text.append(text.size() > 1 ? "," : "").append(digits, end);
    }
    return text + ']';
}

// The rows that do not have as many numbers are filtered first: comparing them would be an error.
Result<std::vector<std::string>> nearest_in_database(Queries& db, const std::string& project_id,
                                                     const std::string& model, const Vector& unit,
                                                     std::size_t limit) {
    const auto rows = db.query(
        "WITH fitting AS MATERIALIZED (SELECT rag_chunks.id, rag_chunks.seq, unit_vector FROM "
        "rag_chunks JOIN rag_documents ON rag_documents.id = document_id WHERE project_id = $1 AND "
        "vector_model = $2 AND vector_dims(unit_vector) = $3) SELECT id FROM fitting ORDER BY "
        "unit_vector <=> CAST($4 AS vector), seq LIMIT $5",
        {project_id, model, static_cast<std::int64_t>(unit.size()), vector_literal(unit),
         static_cast<std::int64_t>(limit)});
    if (!rows) return rows.fault();
    std::vector<std::string> ids;
    for (const Row& row : rows->rows)
        ids.push_back(row.text(0));
    return ids;
}

// The same over any database: all vectors are read, page by page.
Result<std::vector<std::string>> nearest_here(Queries& db, const std::string& project_id,
                                              const std::string& model, const Vector& unit,
                                              std::size_t limit) {
    std::vector<Near> found;
    for (std::int64_t seen = 0;;) {
        const Result<std::int64_t> last = compare_page(
            db, {project_id, model, seen, static_cast<std::int64_t>(kScannedAtOnce)}, unit, found);
        if (!last) return last.fault();
        // Only the best parts of each page are kept.
        const std::size_t keep = std::min(limit, found.size());
        std::ranges::partial_sort(found, found.begin() + static_cast<std::ptrdiff_t>(keep),
                                  std::ranges::greater(), &Near::similarity);
        found.resize(keep);
        if (*last == 0) break;
        seen = *last;
    }
    std::vector<std::string> ids;
    for (const Near& near : found)
        ids.push_back(near.id);
    return ids;
}

}  // namespace

Result<std::string> read_commit(Queries& db, const std::string& project_id) {
    const auto rows =
        db.query("SELECT commit_id FROM project_knowledge WHERE project_id = $1", {project_id});
    if (!rows) return rows.fault();
    return rows->rows.empty() ? std::string() : rows->rows.front().text(0);
}

Result<std::int64_t> replace(Queries& db, const Reading& reading, Timestamp now) {
    auto known = ids_by_path(db, reading.project_id);
    if (!known) return known.fault();
    std::int64_t changed = 0;
    for (const ProjectFile& file : reading.files) {
        const auto found = known->find(file.path);
        const std::string id = found == known->end() ? std::string() : found->second;
        if (found != known->end()) known->erase(found);
        const Result<bool> put = put_file(db, reading.project_id, file, id, now);
        if (!put) return put.fault();
        changed += *put;
    }
    for (const auto& [path, id] : *known) {
        if (Result<void> gone = rag_documents::erase(db, id); !gone) return gone.fault();
        ++changed;
    }
    if (Result<void> left = note_left(db, reading); !left) return left.fault();
    const Result<void> noted =
        run(db,
            "INSERT INTO project_knowledge (project_id, commit_id, read_at) VALUES ($1, $2, $3) ON "
            "CONFLICT (project_id) DO UPDATE SET commit_id = excluded.commit_id, read_at = "
            "excluded.read_at",
            {reading.project_id, reading.commit, std::int64_t{now.time_since_epoch().count()}});
    if (!noted) return noted.fault();
    return changed;
}

Result<std::int64_t> forget_orphans(Queries& db, int limit) {
    const auto rows = db.query(
        "SELECT id FROM rag_documents WHERE project_id IS NOT NULL AND project_id NOT IN (SELECT "
        "id FROM projects) ORDER BY id LIMIT $1",
        {std::int64_t{limit}});
    if (!rows) return rows.fault();
    for (const Row& row : rows->rows)
        if (Result<void> gone = rag_documents::erase(db, row.text(0)); !gone) return gone.fault();
    return static_cast<std::int64_t>(rows->rows.size());
}

Result<std::vector<KnownFile>> files(Queries& db, const std::string& project_id,
                                     std::size_t limit) {
    const auto rows = db.query(
        "SELECT path, LENGTH(text), (SELECT COUNT(*) FROM rag_chunks WHERE document_id = "
        "rag_documents.id), '' FROM rag_documents WHERE project_id = $1 UNION ALL SELECT path, 0, "
        "0, reason FROM project_files_left WHERE project_id = $1 ORDER BY 1 LIMIT $2",
        {project_id, static_cast<std::int64_t>(limit)});
    if (!rows) return rows.fault();
    std::vector<KnownFile> all;
    for (const Row& row : rows->rows)
        all.push_back({.path = row.text(0),
                       .bytes = row.integer(1),
                       .parts = row.integer(2),
                       .left_because = row.text(3)});
    return all;
}

Result<std::vector<Part>> without_vector(Queries& db, const std::string& model, std::size_t limit) {
    const auto rows = db.query(
        "SELECT rag_chunks.id, rag_chunks.text FROM rag_chunks JOIN rag_documents ON "
        "rag_documents.id = document_id WHERE vector_model <> $1 AND project_id IS NOT NULL "
        "ORDER BY rag_chunks.seq LIMIT $2",
        {model, static_cast<std::int64_t>(limit)});
    if (!rows) return rows.fault();
    std::vector<Part> parts;
    for (const Row& row : rows->rows)
        parts.push_back({.id = row.text(0), .text = row.text(1)});
    return parts;
}

Result<void> set_vector(Queries& db, const std::string& part_id, const std::string& model,
                        const Vector& vector) {
    std::string text = vector_text(vector);
    if (text.empty()) return fail(ErrorKind::invalid, "is not a vector", "vector");
    return run(db, "UPDATE rag_chunks SET vector = $1, vector_model = $2 WHERE id = $3",
               {std::move(text), model, part_id});
}

Result<std::vector<RagChunk>> nearest(Queries& db, const std::string& project_id,
                                      const std::string& model, const Vector& asked,
                                      std::size_t limit) {
    std::vector<RagChunk> parts;
    const auto unit = vector_of(vector_text(asked));
    if (!unit) return parts;
    const Result<bool> in_database = compares_vectors(db);
    if (!in_database) return in_database.fault();
    const auto ids = *in_database ? nearest_in_database(db, project_id, model, *unit, limit)
                                  : nearest_here(db, project_id, model, *unit, limit);
    if (!ids) return ids.fault();
    for (const std::string& id : *ids) {
        Result<RagChunk> part = find_part(db, id);
        if (part)
            parts.push_back(*std::move(part));
        else if (part.error().kind != ErrorKind::not_found)
            return part.fault();
    }
    return parts;
}

}  // namespace control::project_knowledge
