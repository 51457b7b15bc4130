#include "control/messenger/terminal/screen.h"

#include <editline/readline.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <clocale>
#include <cstdio>
#include <cstdlib>

namespace control {

using contracts::ChatReply;
using contracts::ReplyKind;

namespace {

constexpr int kHistoryLines = 1000;
constexpr std::string_view kReplaced = "\xef\xbf\xbd";

std::string_view mark_of(ReplyKind kind) {
    switch (kind) {
        case ReplyKind::answer:
            return "";
        case ReplyKind::progress:
            return "… ";
        case ReplyKind::notice:
            return "* ";
        case ReplyKind::error:
            return "! ";
    }
    return "";
}

std::string shown(const ChatReply& reply) {
    return std::string(mark_of(reply.kind)).append(printable(reply.text));
}

class Pipe final : public Screen {
public:
    explicit Pipe(OnLine on_line) : on_line_(std::move(on_line)) {}

    bool read() override {
        char bytes[16 << 10];
        const ssize_t count = ::read(STDIN_FILENO, bytes, sizeof bytes);
        if (count < 0) return errno == EINTR || errno == EAGAIN;
        begun_.append(bytes, static_cast<std::size_t>(count));
        for (std::size_t end = begun_.find('\n'); end != std::string::npos;
             end = begun_.find('\n')) {
            on_line_(begun_.substr(0, end));
            begun_.erase(0, end + 1);
        }
        if (count > 0) return true;
        if (!begun_.empty()) on_line_(std::exchange(begun_, {}));
        return false;
    }
    void show(const ChatReply& reply) override { say(shown(reply)); }
    void say(std::string_view text) override {
        std::fwrite(text.data(), 1, text.size(), stdout);
        std::fputc('\n', stdout);
        std::fflush(stdout);
    }
    [[nodiscard]] bool waits_for_answers() const override { return true; }

private:
    OnLine on_line_;
    std::string begun_;
};

// libedit's callbacks do not carry a pointer of ours.
class Terminal;
Terminal* the_terminal = nullptr;

class Terminal final : public Screen {
public:
    Terminal(OnLine on_line, const std::string& history)
        : on_line_(std::move(on_line)), history_(history) {
        the_terminal = this;
        std::setlocale(LC_CTYPE, "");
        using_history();
        stifle_history(kHistoryLines);
        if (!history_.empty()) (void)read_history(history_.c_str());
        begin_line();
    }
    ~Terminal() override {
        rl_callback_handler_remove();
        std::fputs("\n", stdout);
        if (!history_.empty()) (void)write_history(history_.c_str());
        the_terminal = nullptr;
    }

    bool read() override {
        rl_callback_read_char();
        return !ended_;
    }

    void show(const ChatReply& reply) override {
        if (reply.kind != ReplyKind::progress) return say(shown(reply));
        std::string line = printable(reply.text);
        line = fitting(line.substr(0, line.find('\n')), columns() - 2);
        // The line before the prompt is replaced while it is a progress message and the edited line
        // has not grown into a second row.
        const bool in_place = progress_ && fits_one_row();
        write(std::string(in_place ? "\r\033[2K\033[A\033[2K" : "\r\033[2K")
                  .append(mark_of(reply.kind))
                  .append(line)
                  .append("\n"));
        progress_ = true;
    }

    void say(std::string_view text) override {
        write(std::string("\r\033[2K").append(text).append("\n"));
        progress_ = false;
    }
    [[nodiscard]] bool waits_for_answers() const override { return false; }

private:
    void take(char* line) {
        if (line == nullptr) {  // end of file
            ended_ = true;
            return;
        }
        progress_ = false;
        std::string text(line);
        std::free(line);
        if (text.find_first_not_of(" \t") != std::string::npos) {
            add_history(text.c_str());
            on_line_(std::move(text));
        }
        begin_line();
    }

    // Called after each line: otherwise libedit keeps the old one, and waits for the whole next
    // line.
    static void begin_line() {
        rl_callback_handler_install("> ", [](char* line) { the_terminal->take(line); });
    }

    // Writes above the line that is being edited, which is drawn again below.
    static void write(const std::string& text) {
        std::fwrite(text.data(), 1, text.size(), stdout);
        std::fflush(stdout);
        rl_forced_update_display();
    }

    static std::size_t columns() {
        winsize size{};
        if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 10) return 80;
        return size.ws_col;
    }
    static bool fits_one_row() {
        const std::string_view edited = rl_line_buffer != nullptr ? rl_line_buffer : "";
        return edited.size() + 3 < columns();
    }

    OnLine on_line_;
    std::string history_;
    bool ended_ = false;
    bool progress_ = false;  // the line above the prompt may be replaced
};

}  // namespace

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        // U+0080 to U+009F are also control characters, in two bytes.
        const bool is_c1 =
            byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
        if (is_c1) ++i;
        if (is_c1 || byte == 0x7f || (byte < 0x20 && byte != '\n' && byte != '\t'))
            out.append(kReplaced);
        else
            out += text[i];
    }
    return out;
}

std::string fitting(std::string_view line, std::size_t columns) {
    std::size_t characters = 0;
    std::size_t last = 0;  // the end of the last character that leaves room for "…"
    for (std::size_t i = 0; i < line.size(); ++i) {
        if ((static_cast<unsigned char>(line[i]) & 0xc0) == 0x80) continue;
        if (characters + 1 == columns) last = i;
        if (++characters > columns) return std::string(line.substr(0, last)).append("…");
    }
    return std::string(line);
}

std::unique_ptr<Screen> make_screen(OnLine on_line, const std::string& history) {
    if (::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1)
        return std::make_unique<Terminal>(std::move(on_line), history);
    return std::make_unique<Pipe>(std::move(on_line));
}

}  // namespace control
