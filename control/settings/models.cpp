#include "control/settings/models.h"

#include "control/settings/shapes.h"

namespace control {

using contracts::Environment;

namespace {

constexpr std::size_t kMostKeys = 32;

std::vector<ModelKey> read_keys(Environment& environment, const char* key_name,
                                const char* upstream_name, const char* usual) {
    const std::vector<std::string> upstreams = read_base_urls(environment, upstream_name, usual);
    const std::vector<std::string> keys = split_list(environment.text(key_name, ""));
    std::vector<ModelKey> found;
    if (keys.size() > kMostKeys)
        environment.fault(key_name, "takes at most " + std::to_string(kMostKeys) + " keys");
    if (upstreams.size() > 1 && upstreams.size() != keys.size())
        environment.fault(upstream_name,
                          "must name one URL, or one for each key of " + std::string(key_name));
    for (std::size_t i = 0; i < keys.size() && i < kMostKeys; ++i) {
        if (keys[i].empty() || keys[i].find_first_of(" \t\r\n") != std::string::npos) {
            environment.fault(key_name, "must be keys between commas, without spaces");
            continue;
        }
        found.push_back({upstreams.size() == keys.size() ? upstreams[i] : upstreams[0], keys[i]});
    }
    return found;
}

}  // namespace

void read(Environment& environment, ModelSettings& settings) {
    settings.anthropic =
        read_keys(environment, "ANTHROPIC_API_KEY", "MODEL_UPSTREAM", "https://api.anthropic.com");
    settings.openai =
        read_keys(environment, "OPENAI_API_KEY", "OPENAI_UPSTREAM", "https://api.openai.com");
}

}  // namespace control
