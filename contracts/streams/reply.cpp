#include "contracts/streams/reply.h"

#include "contracts/base/number.h"

#include <hiredis/hiredis.h>

namespace contracts {

namespace {

constexpr std::string_view kTransientCodes[] = {
    "LOADING", "READONLY", "CLUSTERDOWN", "TRYAGAIN",   "OOM",
    "BUSY",    "MISCONF",  "MASTERDOWN",  "NOREPLICAS", "UNBLOCKED"};
constexpr std::string_view kFatalCodes[] = {"NOAUTH", "WRONGPASS"};
constexpr std::string_view kTooManyClients = "ERR max number of clients reached";

template <std::size_t N>
bool contains(const std::string_view (&codes)[N], std::string_view code) {
    for (const std::string_view one : codes)
        if (one == code) return true;
    return false;
}

// XGROUP CREATE on a key that does not exist reports that only in a sentence.
constexpr std::string_view kNoStream = "requires the key to exist";

ErrorCode code_of(std::string_view code, std::string_view text) {
    if (code == "NOGROUP") return ErrorCode::no_group;
    if (code == "BUSYGROUP") return ErrorCode::group_exists;
    if (code == "UNBLOCKED") return ErrorCode::unblocked;
    if (code == "NOAUTH") return ErrorCode::needs_password;
    if (text.find(kNoStream) != std::string_view::npos) return ErrorCode::no_stream;
    return ErrorCode::none;
}

}  // namespace

void Reply::Free::operator()(redisReply* reply) const {
    ::freeReplyObject(reply);
}

bool ReplyView::is_nil() const {
    return reply_ == nullptr || reply_->type == REDIS_REPLY_NIL;
}
bool ReplyView::is_error() const {
    return reply_ != nullptr && reply_->type == REDIS_REPLY_ERROR;
}
bool ReplyView::is_array() const {
    return reply_ != nullptr && reply_->type == REDIS_REPLY_ARRAY;
}
bool ReplyView::is_integer() const {
    return reply_ != nullptr && reply_->type == REDIS_REPLY_INTEGER;
}

std::string_view ReplyView::text() const {
    if (reply_ == nullptr || reply_->str == nullptr) return {};
    return {reply_->str, reply_->len};
}

std::int64_t ReplyView::integer() const {
    if (is_integer()) return reply_->integer;
    return whole_number(text(), std::numeric_limits<std::int64_t>::min()).value_or(0);
}

std::size_t ReplyView::size() const {
    return is_array() ? reply_->elements : 0;
}

ReplyView ReplyView::operator[](std::size_t index) const {
    return ReplyView(index < size() ? reply_->element[index] : nullptr);
}

Error error_of(ReplyView reply) {
    const std::string_view text = reply.text();
    const std::string_view code = text.substr(0, text.find(' '));
    ErrorKind kind = ErrorKind::invalid;
    if (contains(kTransientCodes, code) || text.starts_with(kTooManyClients))
        kind = ErrorKind::transient;
    else if (contains(kFatalCodes, code))
        kind = ErrorKind::fatal;
    else if (code == "NOPERM")
        kind = ErrorKind::permission;
    return Error{.kind = kind, .message = std::string(text), .code = code_of(code, text)};
}

}  // namespace contracts
