#include "control/workers/transcript_reader.h"

#include "contracts/base/json.h"
#include "contracts/base/text.h"
#include "control/workers/evidence.h"

#include <algorithm>

namespace control {

using contracts::Json;
using contracts::text_at;

namespace {

// Masking takes time, so only this much of a text is masked.
constexpr std::size_t kMaskedText = 64 << 10;

const Json& member(const Json& object, const char* name) {
    static const Json kNothing;
    const auto found = object.is_object() ? object.find(name) : object.end();
    return object.is_object() && found != object.end() ? *found : kNothing;
}

// A text, the texts of an array of blocks, or any other value as JSON.
std::string words_of(const Json& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_null()) return {};
    if (!value.is_array()) return contracts::dump_json(value);
    std::string all;
    for (const Json& block : value) {
        const std::string text =
            block.is_string() ? block.get<std::string>() : text_at(block, "text");
        if (!text.empty()) all.append(all.empty() ? "" : "\n").append(text);
    }
    return all;
}

std::string call_of(const std::string& name, const Json& input) {
    const std::string words = words_of(input);
    return words.empty() ? name : name + ' ' + words;
}

std::string masked(std::string text, const masking::Masker& masker) {
    // The end of a text that is cut may be the beginning of a secret.
    if (text.size() > kMaskedText)
        text.resize(kMaskedText - std::min(masker.longest_secret(), kMaskedText));
    return masking::mask_keys(masker.mask(std::move(text)));
}

}  // namespace

void TranscriptReader::read(std::string_view line) {
    if (line.size() > kLongestLine) {
        ++left_out_;
        return;
    }
    const Result<Json> read = contracts::parse_json(line);
    if (!read || !read->is_object()) return;
    const std::string type = text_at(*read, "type");
    at_ = contracts::parse_timestamp(text_at(*read, "timestamp"));
    // Claude Code, and droid, whose messages have the same blocks.
    if (type == "user" || type == "assistant" || type == "message")
        read_message(member(*read, "message"));
    // Codex.
    if (type == "response_item") read_item(member(*read, "payload"));
}

void TranscriptReader::read_message(const Json& message) {
    const std::string role = text_at(message, "role");
    if (role != "user" && role != "assistant") return;
    const TranscriptSpeaker speaker =
        role == "user" ? TranscriptSpeaker::prompt : TranscriptSpeaker::agent;
    const Json& content = member(message, "content");
    if (content.is_string()) return add(speaker, content.get<std::string>());
    if (!content.is_array()) return;
    for (const Json& block : content)
        read_block(speaker, block);
}

void TranscriptReader::read_block(TranscriptSpeaker speaker, const Json& block) {
    const std::string type = text_at(block, "type");
    if (type == "text" || type == "input_text" || type == "output_text")
        add(speaker, text_at(block, "text"));
    else if (type == "tool_use")
        add(TranscriptSpeaker::tool, call_of(text_at(block, "name"), member(block, "input")));
    else if (type == "tool_result")
        add(TranscriptSpeaker::result, words_of(member(block, "content")));
}

void TranscriptReader::read_item(const Json& item) {
    const std::string type = text_at(item, "type");
    if (type == "message")
        read_message(item);
    else if (type == "function_call")
        add(TranscriptSpeaker::tool, call_of(text_at(item, "name"), member(item, "arguments")));
    else if (type == "custom_tool_call")
        add(TranscriptSpeaker::tool, call_of(text_at(item, "name"), member(item, "input")));
    else if (type == "function_call_output" || type == "custom_tool_call_output")
        add(TranscriptSpeaker::result, words_of(member(item, "output")));
}

void TranscriptReader::add(TranscriptSpeaker who, std::string text) {
    if (text.empty()) return;
    const std::string whole = masked(storable(std::move(text)), masker_);
    std::string kept(contracts::beginning(whole, kLongestText));
    if (kept.size() < whole.size()) kept += " \u2026";
    TranscriptLine line{.at = at_, .who = who, .text = std::move(kept)};
    if (!first_) {
        first_ = std::move(line);
        return;
    }
    bytes_ += line.text.size();
    last_.push_back(std::move(line));
    while (last_.size() > kMostLines - 2 || bytes_ > kMostBytes) {
        bytes_ -= last_.front().text.size();
        last_.pop_front();
        ++left_out_;
    }
}

std::vector<TranscriptLine> TranscriptReader::take() {
    std::vector<TranscriptLine> lines;
    if (first_) lines.push_back(*std::move(first_));
    if (left_out_ > 0)
        lines.push_back({.at = {},
                         .who = TranscriptSpeaker::note,
                         .text = std::to_string(left_out_) +
                                 (left_out_ == 1 ? " line is" : " lines are") + " left out"});
    std::ranges::move(last_, std::back_inserter(lines));
    last_.clear();
    return lines;
}

}  // namespace control
