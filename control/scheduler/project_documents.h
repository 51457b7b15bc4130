// The documents of projects: README, docs and specifications, read at the head of the default
// branch. They are stored whole and in parts with a full-text index; if a model is configured, each
// part also gets a vector. A file that is not a document (too large, not text) is recorded with the
// reason and skipped. If this daemon's forge does not have a repository, what is known of it stays
// unchanged.
#pragma once

#include "contracts/base/clock.h"
#include "contracts/base/log.h"
#include "contracts/entities/entities.h"
#include "control/embeddings/embeddings.h"
#include "control/forge/forge.h"
#include "control/scheduler/periodic.h"
#include "control/store/database.h"

namespace control {

inline constexpr std::size_t kMostDocuments = 200;          // per project
inline constexpr std::size_t kMostDocumentBytes = 1 << 20;  // per document
inline constexpr std::size_t kMostProjectBytes = 8 << 20;   // for one project's documents
inline constexpr std::size_t kMostPartsARun = 512;          // parts that get vectors in one run

// Borrows all.
struct DocumentsNeeds {
    Database& database;
    Forge& forge;
    Embeddings* embeddings = nullptr;  // null: no model is configured
    const contracts::Clock& clock;
    std::function<std::string(const contracts::Project&)> repository_of;
};

struct DocumentsRead {
    std::int64_t projects = 0;  // projects whose repository has moved
    std::int64_t changed = 0;   // documents
    std::int64_t vectors = 0;
    bool is_more_due = false;
    std::string trouble;  // the model's failure; empty: none
};

// Whether a path is that of a document: README, anything below docs/ or doc/, and specifications at
// the top, with the name of a text file.
[[nodiscard]] bool is_document(std::string_view path);

// One round. `check_lead` is called in each transaction, and its failure is the round's.
[[nodiscard]] Result<DocumentsRead> read_documents(
    const DocumentsNeeds& needs, const std::function<Result<void>(Queries&)>& check_lead,
    const std::stop_token& stop);

// The periodic task "rag_summarizer".
[[nodiscard]] PeriodicTask project_documents_task(DocumentsNeeds needs, contracts::Log log,
                                                  std::chrono::milliseconds interval);

}  // namespace control
