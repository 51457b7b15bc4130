// Documents for searches. Each is stored as a whole and in parts; the parts have a full-text index,
// FTS5 in SQLite and tsvector in PostgreSQL.
#pragma once

#include "contracts/entities/catalog.h"
#include "control/store/entity_table.h"

namespace control::rag_documents {

using contracts::RagChunk;
using contracts::RagDocument;

// The parts of a text in order: whole paragraphs if they are short enough, at most `most` bytes
// each, cut between words, never inside a character. White space alone is left out.
[[nodiscard]] std::vector<std::string> split(std::string_view text, std::size_t most = 2'000);

// Filters: source, path.
[[nodiscard]] Result<Page<RagDocument>> list(Queries& db, const PageRequest& page);
[[nodiscard]] Result<Stored<RagDocument>> find(Queries& db, const std::string& id,
                                               const Owner& owner = {});
// A path that exists in its source: `conflict`, field "path".
[[nodiscard]] Result<void> insert(Queries& db, const RagDocument& document);
// Writes all fields of a row that still has the version, else `conflict`, and creates its parts
// again.
[[nodiscard]] Result<void> update(Queries& db, const Stored<RagDocument>& document);
[[nodiscard]] Result<void> erase(Queries& db, const std::string& id);

// The parts that contain all words of `words`, the best matches first. Anything that is not a word
// is ignored; without any word the result is empty.
[[nodiscard]] Result<std::vector<RagChunk>> search(Queries& db, std::string_view words,
                                                   std::size_t limit);
// The same for one project's documents, and for parts that contain any of the words: those with
// more of them, and with rarer ones, come first.
[[nodiscard]] Result<std::vector<RagChunk>> search_project(Queries& db,
                                                           const std::string& project_id,
                                                           std::string_view words,
                                                           std::size_t limit);

}  // namespace control::rag_documents
