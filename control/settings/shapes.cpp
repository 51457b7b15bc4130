#include "control/settings/shapes.h"

#include "contracts/base/json.h"
#include "contracts/fields/read.h"

namespace control {

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        parts.emplace_back(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return parts;
}

void read_variables(contracts::Environment& environment, const char* name,
                    std::map<std::string, std::string>& chosen) {
    const std::optional<std::string> text = environment.find(name);
    if (!text) return;
    const contracts::Result<contracts::Json> parsed = contracts::parse_json(*text);
    bool sound = parsed && parsed->is_object();
    std::map<std::string, std::string> variables;
    if (sound)
        for (const auto& [variable, value] : parsed->items()) {
            sound = sound && !variable.empty() && value.is_string();
            if (sound) variables[variable] = value.get<std::string>();
        }
    if (!sound)
        return environment.fault(name,
                                 R"(must be a JSON object of texts, such as {"NAME":"value"})");
    chosen = std::move(variables);
}

void read_resource_limits(contracts::Environment& environment, const char* name,
                          std::optional<contracts::ResourceLimits>& chosen) {
    const std::optional<std::string> text = environment.find(name);
    if (!text) return;
    contracts::Result<contracts::ResourceLimits> limits =
        contracts::parse_message<contracts::ResourceLimits>(*text);
    if (!limits)
        return environment.fault(
            name, R"(must be a JSON object such as {"memory_mb":2048,"cpu_percent":100}: )" +
                      limits.error().describe());
    chosen = *limits;
}

void check_absolute(contracts::Environment& environment, const char* name,
                    const std::string& path) {
    if (!path.empty() && !path.starts_with('/'))
        environment.fault(name, "must be an absolute path");
}

std::vector<std::string> read_base_urls(contracts::Environment& environment, const char* name,
                                        const char* usual) {
    std::vector<std::string> urls = split_list(environment.text(name, usual));
    for (std::string& url : urls) {
        while (url.ends_with('/'))
            url.pop_back();
        if (!url.starts_with("http://") && !url.starts_with("https://"))
            environment.fault(name, "must begin with http:// or https://");
    }
    return urls;
}

std::string read_base_url(contracts::Environment& environment, const char* name,
                          const char* usual) {
    std::vector<std::string> urls = read_base_urls(environment, name, usual);
    if (urls.size() > 1) environment.fault(name, "must be one URL");
    return urls.empty() ? std::string() : urls.front();
}

}  // namespace control
