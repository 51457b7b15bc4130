// The Product Owner's prompt, and which texts are commands.
#include "control/chat/prompt.h"

#include "control/chat/commands.h"
#include "control/chat/desk.h"
#include "tests/support/temporary_directory.h"

#include <catch2/catch_test_macros.hpp>

namespace control::chat {

namespace {

LineEntry entry(std::string text) {
    return {.user_id = "u", .text = std::move(text), .correlation = "c"};
}

contracts::ConversationMessage said(contracts::Speaker who, std::string text) {
    return {.id = "i", .user_id = "u", .role = who, .text = std::move(text)};
}

}  // namespace

TEST_CASE("a message alone is passed on as it is") {
    CHECK(prompt_of({.message = entry("  build\n a page ")}) == "  build\n a page ");
}

TEST_CASE("a prompt says what is a reminder, what is a notice and what the user writes") {
    const std::vector<contracts::ConversationMessage> before{
        said(contracts::Speaker::user, "a page"), said(contracts::Speaker::owner, "I began."),
        said(contracts::Speaker::notice, "It is done.")};
    const std::string prompt = prompt_of({.summary = summary_of(before),
                                          .notices = {entry("task_failed: no tests")},
                                          .message = entry("why?")});
    const std::size_t places[] = {prompt.find("- User: a page\n"), prompt.find("- You: I began.\n"),
                                  prompt.find("- Notice: It is done.\n"),
                                  prompt.find("Notice: task_failed: no tests\n"),
                                  prompt.find("The user writes:\nwhy?")};
    CHECK(std::ranges::is_sorted(places));
    CHECK(places[4] != std::string::npos);
    CHECK(summary_of({}).empty());
    CHECK(prompt_of({.notices = {entry("deployed: here")}}).find("has not written since") !=
          std::string::npos);
}

TEST_CASE("a notice tells what it is about, its details bounded") {
    contracts::Notice notice;
    notice.kind = contracts::NoticeKind::secret_needed;
    notice.task_id = "t";
    notice.project_id = "p";
    notice.text = "It needs a token.";
    CHECK(notice_for_owner(notice) == "secret_needed, task t, project p: It needs a token.");
    notice.data = {{"names", {"BOT_TOKEN"}}};
    CHECK(notice_for_owner(notice).ends_with("\nDetails: {\"names\":[\"BOT_TOKEN\"]}"));
    notice.data = {{"log", std::string(100'000, 'x')}};
    CHECK(notice_for_owner(notice).size() < 9'000);
}

TEST_CASE("a text is cut at the end of a character") {
    CHECK(head_of("abc", 3) == "abc");
    CHECK(head_of("abcd", 3) == "abc…");
    CHECK(head_of("aéé", 2) == "a…");
    CHECK(head_of("🚀🚀", 5) == "🚀…");
    CHECK(head_of("🚀", 0) == "…");
    CHECK(without_nul(std::string("a\0b\0", 4)) ==
          "a\xef\xbf\xbd"
          "b\xef\xbf\xbd");
}

TEST_CASE("instructions are ours or a file's") {
    const tests::TemporaryDirectory directory;
    CHECK(read_instructions("").value() == built_in_instructions());
    CHECK(read_instructions(directory.write("own.md", "Be kind.")).value() == "Be kind.");
    CHECK_FALSE(read_instructions(directory / "none.md"));
    CHECK_FALSE(read_instructions(directory.write("empty.md", "")));
    CHECK_FALSE(read_instructions(directory.write("large.md", std::string(300'000, 'x'))));
}

TEST_CASE("only the chat's own words are commands") {
    CHECK(command_of("/help")->name == "/help");
    CHECK(command_of(" /kill  w-1 \n")->argument == "w-1");
    CHECK(command_of("/adduser")->argument.empty());
    for (const char* text :
         {"", "help", "/", "/helpme", "/Help", "please /help", "/usr/bin", "//new"})
        CHECK_FALSE(command_of(text));
}

TEST_CASE("the stream of an output names its worker") {
    CHECK(worker_of_output("worker:po:w-1:output") == "w-1");
    for (const char* stream :
         {"", "worker:po::output", "worker:po:output", "worker:po:w:input", "chat:inbox"})
        CHECK(worker_of_output(stream).empty());
}

}  // namespace control::chat
