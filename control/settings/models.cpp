#include "control/settings/models.h"

#include "control/settings/shapes.h"

namespace control {

using contracts::Environment;

void read(Environment& environment, ModelSettings& settings) {
    settings.anthropic_upstream =
        read_base_url(environment, "MODEL_UPSTREAM", "https://api.anthropic.com");
    settings.anthropic_key = environment.text("ANTHROPIC_API_KEY", "");
    settings.openai_upstream =
        read_base_url(environment, "OPENAI_UPSTREAM", "https://api.openai.com");
    settings.openai_key = environment.text("OPENAI_API_KEY", "");
}

}  // namespace control
