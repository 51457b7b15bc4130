#include "control/settings/knowledge.h"

#include "control/settings/shapes.h"

namespace control {

using contracts::Environment;
using namespace std::chrono_literals;

void read_intervals(Environment& environment, KnowledgeSettings& settings) {
    settings.read_every = environment.seconds("RAG_INTERVAL", settings.read_every, 1s, 24h);
}

void read(Environment& environment, KnowledgeSettings& settings) {
    read_intervals(environment, settings);
    if (environment.find("EMBEDDINGS_URL"))
        settings.url = read_base_url(environment, "EMBEDDINGS_URL", "");
    settings.key = environment.text("EMBEDDINGS_KEY", "");
    settings.model = environment.text("EMBEDDINGS_MODEL", settings.model);
    if (!settings.key.empty() && settings.url.empty())
        environment.fault("EMBEDDINGS_KEY", "has no effect without EMBEDDINGS_URL");
}

}  // namespace control
