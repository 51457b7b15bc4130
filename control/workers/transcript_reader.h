// Reads the session files of Claude Code, Codex and Factory's droid, line by line, as a transcript:
// prompts, answers, and calls of tools with their results. An agent writes these files, so anything
// may stand in them: lines that are not understood are skipped, and everything has a bound.
//
// Secrets are masked: those that are given, and whatever looks like a key. Pure; one thread.
#pragma once

#include "control/masking/mask.h"
#include "control/store/transcripts.h"

#include <deque>

namespace control {

class TranscriptReader {
public:
    static constexpr std::size_t kLongestLine = 1 << 20;  // of a file; longer ones are skipped
    static constexpr std::size_t kLongestText = 4 << 10;  // the rest of a text is left out
    static constexpr std::size_t kMostLines = 500;
    static constexpr std::size_t kMostBytes = 256 << 10;  // of all texts together

    explicit TranscriptReader(const std::vector<std::string>& secrets) : masker_(secrets) {}
    // One line of a file, without its end.
    void read(std::string_view line);
    // The first line and the last ones, and between them a note about how many are left out.
    [[nodiscard]] std::vector<TranscriptLine> take();

private:
    void read_message(const contracts::Json& message);
    void read_block(TranscriptSpeaker speaker, const contracts::Json& block);
    void read_item(const contracts::Json& item);
    void add(TranscriptSpeaker who, std::string text);

    masking::Masker masker_;
    std::optional<contracts::Timestamp> at_;  // of the line that is being read
    std::optional<TranscriptLine> first_;
    std::deque<TranscriptLine> last_;
    std::size_t bytes_ = 0;  // of the texts in last_
    std::size_t left_out_ = 0;
};

}  // namespace control
