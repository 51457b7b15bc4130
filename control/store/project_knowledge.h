// The documents of projects: the texts read from a repository at one commit, the files that could
// not be read as documents, and the vectors of parts (rag_documents.h has the parts themselves).
#pragma once

#include "contracts/entities/catalog.h"
#include "control/store/database.h"

#include <optional>
#include <string>
#include <vector>

namespace control::project_knowledge {

struct ProjectFile {
    std::string path;
    std::string text;
};
struct LeftFile {
    std::string path;
    std::string reason;  // "is larger than 1 MiB"
};

// The commit that a project's documents were read at; empty: none were read yet.
[[nodiscard]] Result<std::string> read_commit(Queries& db, const std::string& project_id);

// The content of a project's repository at a commit replaces what was known. A document whose text
// is unchanged stays, with its vectors. Returns how many documents have changed or disappeared.
struct Reading {
    std::string project_id;
    std::string commit;
    std::vector<ProjectFile> files;
    std::vector<LeftFile> left;
};
[[nodiscard]] Result<std::int64_t> replace(Queries& db, const Reading& reading,
                                           contracts::Timestamp now);
// Erases documents of projects that no longer exist, at most `limit`. Returns how many.
[[nodiscard]] Result<std::int64_t> forget_orphans(Queries& db, int limit);

// In the order of their paths.
struct KnownFile {
    std::string path;
    std::int64_t bytes = 0;
    std::int64_t parts = 0;
    std::string left_because;  // empty: it is a document
};
[[nodiscard]] Result<std::vector<KnownFile>> files(Queries& db, const std::string& project_id,
                                                   std::size_t limit);

// Vectors are normalised to length 1 before they are stored; similarity is the cosine.
using Vector = std::vector<float>;

struct Part {
    std::string id;
    std::string text;
};
// Parts of projects' documents without a vector of this model, the oldest first.
[[nodiscard]] Result<std::vector<Part>> without_vector(Queries& db, const std::string& model,
                                                       std::size_t limit);
// Does nothing if the part no longer exists. A vector that is empty or has length zero: `invalid`.
[[nodiscard]] Result<void> set_vector(Queries& db, const std::string& part_id,
                                      const std::string& model, const Vector& vector);
// The parts of a project that are nearest to `asked`, the nearest first; all of them are compared,
// except vectors of another length.
[[nodiscard]] Result<std::vector<contracts::RagChunk>> nearest(Queries& db,
                                                               const std::string& project_id,
                                                               const std::string& model,
                                                               const Vector& asked,
                                                               std::size_t limit);

}  // namespace control::project_knowledge
