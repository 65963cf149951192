// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/cli/run.hpp"
#include "envkeep/cli/this_machine.hpp"
#include "support/temp_tree.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace envkeep::testing {

// Keeps what is written to it; a terminal if the test says so.
class Written final : public system::Output {
  public:
    void write(std::string_view more) override {
        const std::lock_guard lock(mutex_);
        text_ += more;
        if (at_each_write) {
            at_each_write(more);
        }
    }

    std::function<void(std::string_view)> at_each_write;

    [[nodiscard]] bool is_terminal() const override { return width_ > 0; }

    [[nodiscard]] int width() const override { return width_ > 0 ? width_ : 80; }

    void become_terminal(int width) { width_ = width; }

    [[nodiscard]] std::string text() const {
        const std::lock_guard lock(mutex_);
        return text_;
    }

  private:
    mutable std::mutex mutex_;
    std::string text_;
    int width_ = 0;
};

struct Answer {
    int status = 0;
    std::string out;
    std::string err;
};

// A home and a folder that persists on the real file system, and command lines run there in this
// process as the program would.
class CommandLine {
  public:
    CommandLine();

    TempTree tree;  // home/, storage/
    int terminal_width = 0;
    // Told of what is written to either stream, at that moment.
    std::function<void(std::string_view)> at_each_write;
    bool reaches_remotes = true;  // else dotfiles and repositories stay as they are

    void set(const std::string& name, const std::string& value) { variables_[name] = value; }

    // What stands on this machine and in the home by now is the image's; the constructor does it.
    void begin_session();

    // The words as typed, with HOME and ENVKEEP_STORE set.
    [[nodiscard]] Answer run(const std::vector<std::string>& words);

    [[nodiscard]] std::string home() const { return tree / "home"; }

    [[nodiscard]] std::string storage() const { return tree / "storage"; }

    // Run ids, times and the folder's name as words that are always the same.
    [[nodiscard]] std::string steady(std::string text) const;

  private:
    std::map<std::string, std::string> variables_;
};

}  // namespace envkeep::testing
