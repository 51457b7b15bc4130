// How the documents of projects are read and searched.
#pragma once

#include "contracts/base/environment.h"

#include <chrono>
#include <string>

namespace control {

struct KnowledgeSettings {
    std::chrono::seconds read_every{600};          // RAG_INTERVAL
    std::string url;                               // EMBEDDINGS_URL; empty: searches match words
                                                   // only
    std::string key;                               // EMBEDDINGS_KEY
    std::string model = "text-embedding-3-small";  // EMBEDDINGS_MODEL
};

// The setting that may change while the daemon runs (live.h).
void read_intervals(contracts::Environment& environment, KnowledgeSettings& settings);
void read(contracts::Environment& environment, KnowledgeSettings& settings);

}  // namespace control
