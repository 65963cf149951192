// SPDX-License-Identifier: MIT
#include "envkeep/core/text.hpp"
#include "envkeep/python/distributions.hpp"
#include "envkeep/python/environment.hpp"
#include "envkeep/python/find_environments.hpp"
#include "envkeep/python/kernels.hpp"
#include "envkeep/python/module_path.hpp"
#include "envkeep/python/record.hpp"
#include "envkeep/python/scripts.hpp"
#include "fuzz/given.hpp"
#include "python/jupyter_rules.hpp"
#include "python/path_file.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

// Any bytes as RECORD, .pth, kernel.json, a script, requirements, and as the files of a whole
// environment; the first byte says which.
namespace envkeep::python {
namespace {

using given::require;

bool is_path(std::string_view path) {
    return !path.empty() && path.find('\0') == std::string_view::npos;
}

void check_record(std::string_view text) {
    for_each_line_of_record(text, [&](const RecordLine& line) {
        require(is_path(line.path) && line.path.size() <= text.size());
        return true;
    });
}

void check_path_file(std::string_view text) {
    unsigned last = 0;
    for (const PathLine& line : parse_path_file(text)) {
        require(line.number > last && is_path(line.text));
        require(line.text.find('\n') == std::string_view::npos && !line.text.starts_with('#'));
        last = line.number;
    }
}

void check_kernel(std::string_view text) {
    if (const auto kernel = parse_kernel(text)) {
        require(!kernel->arguments.empty() && !kernel->arguments.front().empty());
        for (const auto& [name, value] : kernel->variables) {
            require(substituted(value, {}).size() <= value.size());
        }
    }
}

void check_script(std::string_view text) {
    if (const auto shebang = parse_shebang(text)) {
        require(is_path(shebang->interpreter));
        require(shebang->interpreter.find('\n') == std::string::npos);
    }
}

void check_requirements(std::string_view text) {
    for (const Requirement& one : parse_requirements(text)) {
        require(!one.name.empty() && normalised_name(one.name) == one.name);
        require(one.specifier.find('\n') == std::string::npos);
        static_cast<void>(one.pinned_version());
    }
}

// As the machine of given::Inspector, with a server and a notebook.
void check_machine(std::string_view text) {
    const given::Inspector machine(text);
    Folders folders(machine);
    const EnvironmentSearch search{.programs = {{.path = "/opt/v/bin/python", .because = "asked"}},
                                   .path = "/usr/local/bin:/usr/bin",
                                   .home = "/root",
                                   .roots = {"/opt/conda"},
                                   .work_folders = {"/notebooks"},
                                   .more = {}};
    const Launch launch{.arguments = {"-m", "ipykernel_launcher"},
                        .variables = {{"PATH", "/usr/local/bin:/usr/bin"}, {"HOME", "/root"}},
                        .working_folder = "/notebooks",
                        .passwd_home = "/root"};
    for (const FoundEnvironment& found : find_environments(folders, search).environments) {
        const Environment& environment = found.environment;
        require(!found.because.empty() && environment.program.starts_with('/'));
        for (const PathEntry& entry : module_path(folders, environment, launch).entries) {
            require(entry.text.find('\0') == std::string::npos);
        }
    }
    for (const std::string site :
         {"/opt/v/lib/python3.11/site-packages", "/usr/lib/python3/dist-packages"}) {
        for (const Distribution& one : distributions_in(folders, site)) {
            require(!one.name.empty());
            static_cast<void>(requirements_of(machine, one));
            static_cast<void>(check_record(machine, one));
            static_cast<void>(check_needed_files(machine, one));
        }
    }
    if (const auto server = server_on_path(folders, launch, 0)) {
        for (const Kernel& kernel : find_kernels(folders, *server)) {
            require(!kernel.name.empty());
            static_cast<void>(launch_of(kernel, *server, "/notebooks"));
        }
    }
}

using Check = void (*)(std::string_view);
constexpr std::array<Check, 6> checks{check_record,
                                      check_path_file,
                                      check_kernel,
                                      check_script,
                                      check_requirements,
                                      check_machine};

}  // namespace
}  // namespace envkeep::python

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace envkeep;
    std::string_view text(reinterpret_cast<const char*>(data), size);
    python::checks.at(given::take_choice(text, python::checks.size()))(text);
    return 0;
}
