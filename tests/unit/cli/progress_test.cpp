// SPDX-License-Identifier: MIT
#include "cli/progress.hpp"

#include "support/child.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/syscall.h>

#include <cerrno>
#include <condition_variable>
#include <mutex>

namespace envkeep::cli {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

// A terminal on which a test can wait for a text.
class Terminal final : public system::Output {
  public:
    void write(std::string_view more) override {
        {
            const std::lock_guard lock(mutex_);
            text_ += more;
        }
        changed_.notify_all();
    }

    [[nodiscard]] bool is_terminal() const override { return true; }

    [[nodiscard]] int width() const override { return 40; }

    // False if it does not come within a minute.
    [[nodiscard]] bool comes(const std::string& wanted) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(
            lock, std::chrono::minutes(1), [&] { return text_.find(wanted) != std::string::npos; });
    }

    [[nodiscard]] std::string text() {
        const std::lock_guard lock(mutex_);
        return text_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string text_;
};

TEST(Progress, ShowsWhatIsGoingOnAndTakesTheLineAway) {
    Terminal terminal;
    {
        Progress progress(terminal, std::chrono::milliseconds(0));
        progress.listener().phase("comparing ~/.local");
        EXPECT_TRUE(terminal.comes("comparing ~/.local"));
    }
    EXPECT_THAT(terminal.text(), EndsWith("\r\x1b[K"));
}

TEST(Progress, ShowsTheStepsOfAnApply) {
    Terminal terminal;
    Progress progress(terminal, std::chrono::milliseconds(0));

    progress.listener().begins(
        {.action = model::MakeLink{.place = {}, .target = "/s"}, .subject = "~/.ssh", .why = {}});

    EXPECT_TRUE(terminal.comes("step 1: linking ~/.ssh"));
}

TEST(Progress, StaysWithinOneLine) {
    Terminal terminal;
    Progress progress(terminal, std::chrono::milliseconds(0));

    progress.listener().phase(std::string(100, 'x') + "end");

    EXPECT_TRUE(terminal.comes("xxx"));
    EXPECT_THAT(terminal.text(), Not(HasSubstr("end")));
}

TEST(Progress, IsLeftOutWhereNoThreadMayStart) {
    testing::with_refused_calls(
        {{.number = SYS_clone3, .code = EAGAIN}, {.number = SYS_clone, .code = EAGAIN}}, [] {
            Terminal terminal;
            Progress progress(terminal, std::chrono::milliseconds(0));

            EXPECT_NO_THROW(progress.listener().phase("comparing ~/.local"));
            EXPECT_NO_THROW(progress.listener().phase("comparing ~/.cache"));

            EXPECT_EQ(terminal.text(), "");
        });
}

TEST(Progress, SaysNothingOfAShortStory) {
    Terminal terminal;
    {
        Progress progress(terminal, std::chrono::hours(1));
        progress.listener().phase("comparing");
    }
    EXPECT_EQ(terminal.text(), "");
}

}  // namespace
}  // namespace envkeep::cli
