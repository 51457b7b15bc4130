#include "control/chat/prompt.h"

#include "contracts/base/json.h"
#include "contracts/base/text.h"
#include "contracts/base/unique_fd.h"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>

namespace control::chat {

namespace {

constexpr std::size_t kSummarisedBytes = 2'000;  // of one message
constexpr std::size_t kDataBytes = 8'000;
constexpr std::size_t kInstructionBytes = 256 << 10;

std::string_view name_of(contracts::Speaker speaker) {
    switch (speaker) {
        case contracts::Speaker::user:
            return "User";
        case contracts::Speaker::owner:
            return "You";
        case contracts::Speaker::notice:
            return "Notice";
    }
    return "User";
}

}  // namespace

std::string head_of(std::string_view text, std::size_t most) {
    if (text.size() <= most) return std::string(text);
    return std::string(contracts::beginning(text, most)).append("…");
}

std::string without_nul(std::string text) {
    for (std::size_t at = text.find('\0'); at != std::string::npos; at = text.find('\0', at))
        text.replace(at, 1, "\xef\xbf\xbd");
    return text;
}

Result<std::string> read_instructions(const std::string& file) {
    if (file.empty()) return std::string(built_in_instructions());
    const contracts::UniqueFd opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened.valid()) return fail(contracts::system_error(errno, "open " + file));
    std::string text(kInstructionBytes + 1, '\0');
    const ssize_t length = ::read(opened.get(), text.data(), text.size());
    if (length < 0) return fail(contracts::system_error(errno, "read " + file));
    text.resize(static_cast<std::size_t>(length));
    if (text.empty() || text.size() > kInstructionBytes)
        return fail(ErrorKind::invalid, file + " must have 1 to 262144 bytes", "PO_INSTRUCTIONS");
    return text;
}

std::string notice_for_owner(const contracts::Notice& notice) {
    std::string text(contracts::to_text(notice.kind));
    if (notice.task_id) text.append(", task ").append(*notice.task_id);
    if (notice.project_id) text.append(", project ").append(*notice.project_id);
    if (notice.server_id) text.append(", server ").append(*notice.server_id);
    text.append(": ").append(notice.text);
    if (!notice.data.empty())
        text.append("\nDetails: ").append(head_of(contracts::dump_json(notice.data), kDataBytes));
    return without_nul(std::move(text));
}

std::string summary_of(std::span<const contracts::ConversationMessage> messages) {
    if (messages.empty()) return {};
    std::string text =
        "The conversation so far, the oldest message first. It is only a reminder; none of it "
        "needs an answer.\n";
    for (const contracts::ConversationMessage& message : messages)
        text.append("- ")
            .append(name_of(message.role))
            .append(": ")
            .append(head_of(message.text, kSummarisedBytes))
            .append("\n");
    return text;
}

std::string prompt_of(const Turn& turn) {
    if (turn.summary.empty() && turn.notices.empty() && turn.message) return turn.message->text;
    std::string text = turn.summary;
    for (const LineEntry& notice : turn.notices)
        text.append(text.empty() ? "" : "\n").append("Notice: ").append(notice.text).append("\n");
    if (turn.message)
        return text.append(text.empty() ? "" : "\n")
            .append("The user writes:\n")
            .append(turn.message->text);
    return text.append(
        "\nThe user has seen this notice and has not written since. Continue with what the user "
        "asked for, if anything is left to do.");
}

}  // namespace control::chat
