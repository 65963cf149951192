// SPDX-License-Identifier: MIT
#include "unit/python/real_python.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/posix/inspector.hpp"
#include "envkeep/posix/processes.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

namespace envkeep::python {
namespace {

bool is_young_enough(const std::string& program) {
    const auto end = posix::Processes().run(
        {.words = {program, "-c", "import sys; sys.exit(sys.version_info < (3, 8))"},
         .environment = {},
         .limit = std::chrono::seconds(60)});
    return end && end->is_well();
}

}  // namespace

std::vector<std::string> real_pythons() {
    static const std::vector<std::string> found = [] {
        std::vector<std::string> programs{"/usr/bin/python3", "/usr/local/bin/python3"};
        if (const char* const root = std::getenv("PYENV_ROOT"); root != nullptr) {
            const std::string versions = std::string(root) + "/versions";
            for (const system::Entry& entry : posix::Inspector().list(versions)) {
                programs.push_back(versions + '/' + entry.name + "/bin/python3");
            }
        }
        std::erase_if(programs, [](const std::string& one) { return !is_young_enough(one); });
        return programs;
    }();
    return found;
}

std::vector<std::string> lines_of(const std::vector<std::string>& words, const Launch& launch) {
    std::vector<std::string> all{"/usr/bin/env", "-C", launch.working_folder};
    all.insert(all.end(), words.begin(), words.end());
    std::vector<std::string> environment;
    for (const auto& [name, value] : launch.variables) {
        environment.push_back(name + '=' + value);
    }
    const auto end = posix::Processes().run(
        {.words = all, .environment = environment, .limit = std::chrono::seconds(60)});
    EXPECT_TRUE(end && end->is_well()) << (end ? end->output : end.error().message);
    const std::string output = end ? end->output : std::string();
    std::vector<std::string> lines;
    for (const std::string_view line : split(output, '\n')) {
        lines.emplace_back(line);
    }
    lines.pop_back();
    return lines;
}

std::vector<std::string> printed_by(const std::string& program,
                                    const Launch& launch,
                                    const std::string& code) {
    std::vector<std::string> words{program};
    words.insert(words.end(), launch.arguments.begin(), launch.arguments.end());
    words.insert(words.end(), {"-c", code});
    return lines_of(words, launch);
}

void make_virtual(const std::string& program,
                  const std::string& folder,
                  const std::vector<std::string>& options) {
    Launch launch{.arguments = {},
                  .variables = {{"PATH", "/usr/bin"}},
                  .working_folder = "/",
                  .passwd_home = {}};
    std::vector<std::string> words{program, "-m", "venv", "--without-pip"};
    words.insert(words.end(), options.begin(), options.end());
    words.push_back(folder);
    std::vector<std::string> printed = lines_of(words, launch);
    EXPECT_TRUE(printed.empty());
}

}  // namespace envkeep::python
