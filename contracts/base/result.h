// The one way in which our functions fail: with a value.
//
// A Result<T> holds either a T or an Error. An Error names what was wrong (message), where (field,
// a path such as "config.name" or an environment variable), and what to do next (next_step). Code
// branches on `kind` and `code`, never on the words of a message. errno and library errors are
// translated where they appear and nowhere else; callers add context on the way up with
// `context()`.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace contracts {

enum class ErrorKind {
    invalid,     // the input is wrong; the same input will fail again
    not_found,   // the thing named does not exist
    permission,  // the caller is not allowed to
    conflict,    // the state does not allow it, or another writer was faster
    transient,   // a broken connection, a timeout, a 503: the same call may succeed later
    upstream,    // another service refuses load: rate limit, overload
    timed_out,   // a deadline of ours has passed
    fatal,       // configuration or credentials: no retry without a person
};

// Only these are worth another try.
[[nodiscard]] constexpr bool is_retryable(ErrorKind kind) {
    return kind == ErrorKind::transient || kind == ErrorKind::upstream;
}

// A cause that some caller acts on when the kind does not identify it. It is never shown.
enum class ErrorCode : unsigned char {
    none,
    no_group,          // the stream or its group of consumers does not exist
    group_exists,      // so there is nothing to create
    unblocked,         // the stream was deleted while a read waited
    no_stream,         // the stream does not exist, so it cannot get a group
    needs_password,    // of Redis
    not_unique,        // a row with these values exists; the error's field names the columns
    checks_running,    // of the forge, on the commit that is to be merged
    request_limit,     // of the forge; the next step says when to try again
    directory_in_use,  // by another daemon
    no_room,           // on the server
};

// The word that the CLI prints and the API answers with, e.g. "ValidationError".
[[nodiscard]] std::string_view to_text(ErrorKind kind);

struct Error {
    ErrorKind kind = ErrorKind::invalid;
    std::string message;
    std::string field{};
    std::string next_step{};
    ErrorCode code = ErrorCode::none;

    // "field: message; next step", leaving out what is empty.
    [[nodiscard]] std::string describe() const;

    // The same error seen from one level up: "what: message".
    [[nodiscard]] Error context(std::string_view what) const&;
    [[nodiscard]] Error context(std::string_view what) &&;
};

template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
public:
    using std::expected<T, Error>::expected;

    // The error alone, for a caller that fails with it: `if (!row) return row.fault();`
    // A copy: this result keeps its own.
    [[nodiscard]] std::unexpected<Error> fault() const;
};

[[nodiscard]] std::unexpected<Error> fail(Error error);
[[nodiscard]] std::unexpected<Error> fail(ErrorKind kind, std::string_view message,
                                          std::string_view field = {},
                                          std::string_view next_step = {});

template <class T>
std::unexpected<Error> Result<T>::fault() const {
    return fail(this->error());
}

// The one place that knows what an errno means. `what` is the call and its object: "open
// /data/orchestrator.db".
[[nodiscard]] Error system_error(int errno_value, std::string_view what);

}  // namespace contracts
