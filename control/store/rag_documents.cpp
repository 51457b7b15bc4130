#include "control/store/rag_documents.h"

#include "contracts/base/text.h"
#include "control/store/run.h"

namespace control::rag_documents {

namespace {

constexpr EntityTable kTable{"rag_documents", "document", kAnybodys, "", kAnybodys};
constexpr std::size_t kMaxWords = 32;

// $1 the words, $2 the project or NULL, $3 the limit.
constexpr std::string_view kSqliteSearch =
    "SELECT rag_chunks.id, document_id, source, path, position, rag_chunks.text, embedding "
    "FROM rag_chunks_fts JOIN rag_chunks ON rag_chunks.seq = rag_chunks_fts.rowid "
    "JOIN rag_documents ON rag_documents.id = document_id "
    "WHERE rag_chunks_fts MATCH $1 AND ($2 = '' OR project_id = $2) "
    "ORDER BY rag_chunks_fts.rank, rag_chunks.seq LIMIT $3";
constexpr std::string_view kPostgresSearch =
    "SELECT rag_chunks.id, document_id, source, path, position, rag_chunks.text, embedding "
    "FROM rag_chunks JOIN rag_documents ON rag_documents.id = document_id "
    "WHERE words @@ to_tsquery('simple', $1) AND ($2 = '' OR project_id = $2) "
    "ORDER BY ts_rank(words, to_tsquery('simple', $1)) DESC, rag_chunks.seq LIMIT $3";

Result<void> path_taken(Result<void> outcome) {
    return unless_taken(std::move(outcome), "rag_documents.source, rag_documents.path",
                        {.kind = ErrorKind::conflict,
                         .message = "the source already has a document with this path",
                         .field = "path",
                         .next_step = "change that document instead"});
}

bool is_word_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80;
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    for (std::size_t at = 0; at < text.size() && words.size() < kMaxWords;) {
        std::size_t end = at;
        while (end < text.size() && is_word_byte(text[end]))
            ++end;
        if (end > at) words.emplace_back(text.substr(at, end - at));
        at = end + 1;
    }
    return words;
}

// The end of a part of `text` that has at most `most` bytes.
std::size_t cut(std::string_view text, std::size_t most) {
    if (text.size() <= most) return text.size();
    const std::string_view head = text.substr(0, most);
    for (const std::string_view end : {"\n\n", "\n", ". ", " "})
        if (const std::size_t found = head.rfind(end);
            found != std::string_view::npos && found >= most / 4)
            return found + end.size();
    std::size_t at = most;
    while (at > 1 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80)
        --at;
    return at;
}

// FTS5 does not keep the text, so a removal must supply it. PostgreSQL updates its index itself.
Result<void> erase_chunks(Queries& db, const std::string& id) {
    if (db.dialect() == Dialect::sqlite)
        if (Result<void> done =
                run(db,
                    "INSERT INTO rag_chunks_fts (rag_chunks_fts, rowid, text) "
                    "SELECT 'delete', seq, text FROM rag_chunks WHERE document_id = $1",
                    {id});
            !done)
            return done;
    return run(db, "DELETE FROM rag_chunks WHERE document_id = $1", {id});
}

Result<void> insert_chunks(Queries& db, const RagDocument& document) {
    std::int64_t position = 0;
    for (std::string& part : split(document.text)) {
        if (Result<void> put = run(
                db,
                "INSERT INTO rag_chunks (id, document_id, position, text) VALUES ($1, $2, $3, $4)",
                {document.id + ":" + std::to_string(position), document.id, position,
                 std::move(part)});
            !put)
            return put;
        ++position;
    }
    if (db.dialect() != Dialect::sqlite) return {};
    return run(db,
               "INSERT INTO rag_chunks_fts (rowid, text) "
               "SELECT seq, text FROM rag_chunks WHERE document_id = $1",
               {document.id});
}

// Each word is quoted, so that none of them is an operator.
std::string query_of(std::string_view words, bool all, Dialect dialect) {
    const bool is_sqlite = dialect == Dialect::sqlite;
    const char quote = is_sqlite ? '"' : '\'';
    const std::string_view between = is_sqlite ? (all ? " " : " OR ") : (all ? " & " : " | ");
    std::string query;
    for (const std::string& word : words_of(words))
        query.append(query.empty() ? "" : between).append(quote + word + quote);
    return query;
}

Result<std::vector<RagChunk>> search_for(Queries& db, std::string_view words, bool all,
                                         const std::string& project_id, std::size_t limit) {
    const std::string query = query_of(words, all, db.dialect());
    std::vector<RagChunk> found;
    if (query.empty()) return found;
    Result<Rows> rows = db.query(db.dialect() == Dialect::sqlite ? kSqliteSearch : kPostgresSearch,
                                 {query, project_id, static_cast<std::int64_t>(limit)});
    if (!rows) return rows.fault();
    for (const Row& row : rows->rows) {
        Result<RagChunk> chunk = read_row<RagChunk>(row);
        if (!chunk) return fail(std::move(chunk.error()).context("rag_chunks"));
        found.push_back(*std::move(chunk));
    }
    return found;
}

}  // namespace

std::vector<std::string> split(std::string_view text, std::size_t most) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t end = cut(text, most);
        if (const std::string_view part = contracts::trimmed(text.substr(0, end)); !part.empty())
            parts.emplace_back(part);
        text.remove_prefix(end);
    }
    return parts;
}

Result<Page<RagDocument>> list(Queries& db, const PageRequest& page) {
    return list_entities<RagDocument>(db, kTable, page);
}

Result<Stored<RagDocument>> find(Queries& db, const std::string& id, const Owner& owner) {
    return find_entity<RagDocument>(db, kTable, id, owner);
}

Result<void> insert(Queries& db, const RagDocument& document) {
    if (Result<void> put = path_taken(insert_entity(db, kTable, document)); !put) return put;
    return insert_chunks(db, document);
}

Result<void> update(Queries& db, const Stored<RagDocument>& document) {
    if (Result<void> put = path_taken(update_entity(db, kTable, document)); !put) return put;
    if (Result<void> gone = erase_chunks(db, document.entity.id); !gone) return gone;
    return insert_chunks(db, document.entity);
}

Result<void> erase(Queries& db, const std::string& id) {
    if (Result<void> gone = erase_chunks(db, id); !gone) return gone;
    return rows::erase(db, kTable, id);
}

Result<std::vector<RagChunk>> search(Queries& db, std::string_view words, std::size_t limit) {
    return search_for(db, words, true, {}, limit);
}

Result<std::vector<RagChunk>> search_project(Queries& db, const std::string& project_id,
                                             std::string_view words, std::size_t limit) {
    return search_for(db, words, false, project_id, limit);
}

}  // namespace control::rag_documents
