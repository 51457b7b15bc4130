#include "contracts/base/result.h"

#include <cerrno>
#include <cstring>

namespace contracts {

std::string_view to_text(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::invalid:
            return "ValidationError";
        case ErrorKind::not_found:
            return "NotFound";
        case ErrorKind::permission:
            return "PermissionDenied";
        case ErrorKind::conflict:
            return "Conflict";
        case ErrorKind::transient:
            return "Unavailable";
        case ErrorKind::upstream:
            return "Overloaded";
        case ErrorKind::timed_out:
            return "TimedOut";
        case ErrorKind::fatal:
            return "Fatal";
    }
    return "Fatal";
}

std::string Error::describe() const {
    std::string text;
    if (!field.empty()) text.append(field).append(": ");
    text += message;
    if (!next_step.empty()) text.append("; ").append(next_step);
    return text;
}

std::unexpected<Error> fail(Error error) {
    return std::unexpected<Error>(std::move(error));
}

std::unexpected<Error> fail(ErrorKind kind, std::string_view message, std::string_view field,
                            std::string_view next_step) {
    return std::unexpected<Error>(
        Error{kind, std::string(message), std::string(field), std::string(next_step)});
}

Error Error::context(std::string_view what) const& {
    return Error(*this).context(what);
}

Error Error::context(std::string_view what) && {
    message.insert(0, ": ").insert(0, what);
    return std::move(*this);
}

namespace {

ErrorKind kind_of(int errno_value) {
    switch (errno_value) {
        case ENOENT:
        case ESRCH:
            return ErrorKind::not_found;
        case EACCES:
        case EPERM:
        case EROFS:
            return ErrorKind::permission;
        case EEXIST:
        case EADDRINUSE:
        case EBUSY:
            return ErrorKind::conflict;
        case EINVAL:
        case ENOTDIR:
        case EISDIR:
        case ENAMETOOLONG:
        case ELOOP:
            return ErrorKind::invalid;
        case ETIMEDOUT:
            return ErrorKind::timed_out;
        case ENOMEM:
        case ENOSPC:
        case EMFILE:
        case ENFILE:
        case EAGAIN:
        case EINTR:
        case EPIPE:
        case ECONNREFUSED:
        case ECONNRESET:
        case ECONNABORTED:
        case ENOTCONN:
        case EHOSTUNREACH:
        case ENETUNREACH:
            return ErrorKind::transient;
        default:
            return ErrorKind::fatal;
    }
}

}  // namespace

Error system_error(int errno_value, std::string_view what) {
    Error error{kind_of(errno_value), {}};
    error.message.append(what).append(": ").append(std::strerror(errno_value));
    return error;
}

}  // namespace contracts
