#include "control/models/request_facts.h"

#include "contracts/base/json.h"
#include "contracts/base/text.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace control {

using contracts::ErrorKind;
using contracts::fail;
using contracts::Json;
using contracts::Result;

namespace {

constexpr std::size_t kMaxModelName = 256;
constexpr std::int64_t kMostTokens = 10'000'000;
constexpr std::int64_t kMostAnswers = 128;

enum Member : std::uint32_t {
    kModel = 1,
    kMaxTokens = 2,
    kMaxCompletionTokens = 4,
    kMaxOutputTokens = 8,
    kAnswers = 16,
    kStream = 32,
    kStreamOptions = 64,
    kElsewhere = 128
};

struct KnownMember {
    std::string_view name;
    std::uint32_t member;
};
constexpr KnownMember kMembers[] = {{"model", kModel},
                                    {"max_tokens", kMaxTokens},
                                    {"max_completion_tokens", kMaxCompletionTokens},
                                    {"max_output_tokens", kMaxOutputTokens},
                                    {"n", kAnswers},
                                    {"stream", kStream},
                                    {"stream_options", kStreamOptions},
                                    {"previous_response_id", kElsewhere},
                                    {"conversation", kElsewhere},
                                    {"prompt", kElsewhere},
                                    {"container", kElsewhere},
                                    {"mcp_servers", kElsewhere}};

// Skips JSON text. The skipped text need not be valid: the provider parses it again.
class Scan {
public:
    explicit Scan(std::string_view text) : text_(text) {}

    [[nodiscard]] std::size_t at() const { return at_; }
    [[nodiscard]] bool is_over() const { return at_ >= text_.size(); }
    [[nodiscard]] std::string_view since(std::size_t begin) const {
        return text_.substr(begin, at_ - begin);
    }

    void skip_space() {
        while (!is_over() && std::strchr(" \t\r\n", text_[at_]) != nullptr && text_[at_] != '\0')
            ++at_;
    }
    bool take(char wanted) {
        skip_space();
        if (is_over() || text_[at_] != wanted) return false;
        ++at_;
        return true;
    }
    // Skips from the opening quote past the closing one.
    bool skip_string() {
        if (is_over() || text_[at_] != '"') return false;
        for (++at_; !is_over();) {
            const void* quote = std::memchr(text_.data() + at_, '"', text_.size() - at_);
            if (quote == nullptr) return false;
            const auto end =
                static_cast<std::size_t>(static_cast<const char*>(quote) - text_.data());
            std::size_t slashes = 0;
            while (end - slashes > at_ && text_[end - slashes - 1] == '\\')
                ++slashes;
            at_ = end + 1;
            if (slashes % 2 == 0) return true;
        }
        return false;
    }
    // Skips one value, at any depth.
    bool skip_value() {
        skip_space();
        std::size_t depth = 0;
        do {
            if (is_over()) return false;
            const char c = text_[at_];
            if (c == '"') {
                if (!skip_string()) return false;
            } else if (c == '{' || c == '[') {
                ++depth;
                ++at_;
            } else if (c == '}' || c == ']') {
                if (depth == 0) return false;
                --depth;
                ++at_;
            } else if (depth == 0) {
                skip_word();
            } else {
                // Nothing in between matters: continue at the next bracket or quote.
                at_ = std::min(text_.find_first_of("\"{}[]", at_), text_.size());
            }
        } while (depth > 0);
        return true;
    }

private:
    void skip_word() { at_ = std::min(text_.find_first_of(",}] \t\r\n", at_), text_.size()); }

    std::string_view text_;
    std::size_t at_ = 0;
};

bool is_alike(std::string_view a, std::string_view b) {
    return contracts::lower_case(a) == contracts::lower_case(b);
}

std::unexpected<contracts::Error> not_readable() {
    return fail(ErrorKind::invalid, "the request's body is not a JSON object", {},
                "send one JSON object, in UTF-8");
}

Result<std::int64_t> count_of(const Json& value, std::string_view name, std::int64_t most) {
    if (value.is_null()) return 0;
    if (!value.is_number_integer() || value < 1 || value > most)
        return fail(ErrorKind::invalid, "is a whole number from 1 to " + std::to_string(most),
                    name);
    return value.get<std::int64_t>();
}

Result<void> take_member(RequestFacts& facts, std::uint32_t member, std::string_view name,
                         const Json& value) {
    switch (member) {
        case kModel:
            if (!value.is_string() || value.get_ref<const std::string&>().empty() ||
                value.get_ref<const std::string&>().size() > kMaxModelName)
                return fail(ErrorKind::invalid, "is the name of a model", name);
            facts.model = value.get<std::string>();
            return {};
        case kStream:
            facts.streams = value == true;
            return {};
        case kStreamOptions:
            facts.tells_usage = value.is_object() && value.contains("include_usage") &&
                                value.at("include_usage") == true;
            return {};
        default:
            break;
    }
    Result<std::int64_t> count =
        count_of(value, name, member == kAnswers ? kMostAnswers : kMostTokens);
    if (!count) return count.fault();
    if (member == kAnswers)
        facts.answers = std::max<std::int64_t>(*count, 1);
    else
        facts.most_output = std::max(facts.most_output, *count);
    return {};
}

// The member with this name, as it is written; 0: a member that does not matter.
Result<std::uint32_t> member_of(std::string_view quoted) {
    std::string name(quoted.substr(1, quoted.size() - 2));
    if (name.find('\\') != std::string::npos) {
        Result<Json> decoded = contracts::parse_json(quoted);
        if (!decoded || !decoded->is_string()) return not_readable();
        name = decoded->get<std::string>();
    }
    for (const KnownMember& known : kMembers)
        if (is_alike(known.name, name)) {
            if (known.name != name)
                return fail(ErrorKind::invalid, "is written " + std::string(known.name), name);
            return known.member;
        }
    return 0U;
}

}  // namespace

Result<RequestFacts> read_request_facts(std::string_view body) {
    RequestFacts facts;
    facts.bytes = body.size();
    Scan scan(body);
    if (!scan.take('{')) return not_readable();
    std::uint32_t seen = 0;
    for (bool first = true; !scan.take('}'); first = false) {
        if (!first && !scan.take(',')) return not_readable();
        scan.skip_space();
        const std::size_t name_at = scan.at();
        if (!scan.skip_string()) return not_readable();
        const std::string_view quoted = scan.since(name_at);
        if (!scan.take(':')) return not_readable();
        scan.skip_space();
        const std::size_t value_at = scan.at();
        if (!scan.skip_value()) return not_readable();
        Result<std::uint32_t> member = member_of(quoted);
        if (!member) return member.fault();
        if (*member == 0) continue;
        if (*member == kElsewhere) {
            facts.reads_elsewhere |= scan.since(value_at) != "null";
            continue;
        }
        const std::string_view name = quoted.substr(1, quoted.size() - 2);
        if ((seen & *member) != 0)
            return fail(ErrorKind::invalid, "is there twice", name, "send it once");
        seen |= *member;
        Result<Json> value = contracts::parse_json(scan.since(value_at));
        if (!value) return not_readable();
        if (Result<void> taken = take_member(facts, *member, name, *value); !taken)
            return taken.fault();
    }
    scan.skip_space();
    if (!scan.is_over()) return not_readable();
    if (facts.model.empty())
        return fail(ErrorKind::invalid, "is required", "model", "name the model");
    return facts;
}

std::string asking_for_usage(std::string_view body) {
    const std::size_t begin = body.find('{');
    if (begin != std::string_view::npos && body.find("stream_options") == std::string_view::npos)
        return std::string(body.substr(0, begin))
            .append("{\"stream_options\":{\"include_usage\":true},")
            .append(body.substr(begin + 1));
    Result<Json> request = contracts::parse_json(body);
    if (!request || !request->is_object()) return std::string(body);
    Json& options = (*request)["stream_options"];
    if (!options.is_object()) options = Json::object();
    options["include_usage"] = true;
    return contracts::dump_json(*request);
}

}  // namespace control
