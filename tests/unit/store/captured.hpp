// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/posix/machine.hpp"
#include "support/temp_tree.hpp"

#include <deque>
#include <string>
#include <vector>

namespace envkeep::store {

// A machine made of files: what stands below `tree` is its root, its variables are those that were
// set.
class Captured {
  public:
    Captured& variable(const std::string& name, const std::string& value) {
        variables_.push_back(name + "=" + value);
        return *this;
    }

    // A mount in /proc/self/mountinfo.
    Captured& mount(const std::string& point, const std::string& type) {
        return mounted(point, type, "rw");
    }

    Captured& read_only_mount(const std::string& point, const std::string& type) {
        return mounted(point, type, "ro");
    }

    // The command line of pid 1.
    Captured& first_process(const std::vector<std::string>& arguments) {
        std::string text;
        for (const std::string& argument : arguments) {
            text += argument + '\0';
        }
        tree.file("proc/1/cmdline", text);
        return *this;
    }

    [[nodiscard]] posix::Machine machine() {
        pointers_.clear();
        for (const std::string& variable : variables_) {
            pointers_.push_back(variable.c_str());
        }
        pointers_.push_back(nullptr);
        return posix::Machine::captured(tree.path(), pointers_.data()).value();
    }

    testing::TempTree tree;

  private:
    Captured& mounted(const std::string& point, const std::string& type, const std::string& how) {
        const std::string number = std::to_string(++mounts_);
        mount_text_ += number + " 0 0:" + number + " / " + point + " " + how + ",relatime - " +
                       type + " source " + how + "\n";
        tree.file("proc/self/mountinfo", mount_text_);
        return *this;
    }

    std::deque<std::string> variables_;
    std::vector<const char*> pointers_;
    std::string mount_text_;
    int mounts_ = 0;
};

}  // namespace envkeep::store
