#include "control/settings/models.h"

namespace control {

using contracts::Environment;

namespace {

std::string read_upstream(Environment& environment, const char* name, const char* usual) {
    std::string url = environment.text(name, usual);
    while (url.ends_with('/'))
        url.pop_back();
    if (!url.starts_with("http://") && !url.starts_with("https://"))
        environment.fault(name, "must begin with http:// or https://");
    return url;
}

}  // namespace

void read(Environment& environment, ModelSettings& settings) {
    settings.anthropic_upstream =
        read_upstream(environment, "MODEL_UPSTREAM", "https://api.anthropic.com");
    settings.anthropic_key = environment.text("ANTHROPIC_API_KEY", "");
    settings.openai_upstream =
        read_upstream(environment, "OPENAI_UPSTREAM", "https://api.openai.com");
    settings.openai_key = environment.text("OPENAI_API_KEY", "");
}

}  // namespace control
