// SPDX-License-Identifier: MIT
#pragma once

#include "envkeep/gpu/observe.hpp"

#include <span>

// The parts of an observation.
namespace envkeep::gpu {

// A file, folder or anything else; false also where it is not known.
[[nodiscard]] bool is_there(const system::Inspector& machine, const std::string& path);

[[nodiscard]] PciFacts observe_pci(const system::Inspector& machine);
[[nodiscard]] KernelDriver observe_driver(const system::Inspector& machine,
                                          const std::vector<system::Mount>& mounts);
[[nodiscard]] NodeFacts observe_nodes(const system::Inspector& machine);
[[nodiscard]] ContainerFacts observe_container(const system::Inspector& machine,
                                               const std::vector<system::Mount>& mounts);

struct NotebookProcesses {
    NotebookProcess notebook;  // whose environment counts
    std::optional<NotebookProcess> server;
};

[[nodiscard]] NotebookProcesses observe_notebook(const system::Inspector& machine);

[[nodiscard]] PythonFacts observe_python(python::Folders& folders,
                                         const NotebookProcesses& processes,
                                         const Surroundings& surroundings);

// Where `notebook` has its path and distributions; of one without a path it is not known: pip.
[[nodiscard]] Installer observe_installer(python::Folders& folders, const NotebookPython& notebook);

// That `import` would take, where `notebook` has its path and distributions.
[[nodiscard]] std::vector<Framework> frameworks_of(python::Folders& folders,
                                                   const NotebookPython& notebook);

// Installed by conda or dpkg, which change and move files without writing the RECORD anew.
[[nodiscard]] bool is_record_stale(const system::Inspector& machine,
                                   const python::Distribution& one);

// What of the folders on its path cannot be imported, or takes another's place. Packages are
// compared with their RECORD where `is_first`.
void look_into_modules(python::Folders& folders, NotebookPython& notebook, bool is_first);

// What is left of earlier images, and what a terminal starts; the rest of the facts is there.
void observe_left(python::Folders& folders,
                  const NotebookProcess& notebook,
                  const std::string& home,
                  PythonFacts& facts);

// The first program of that name in the folders of PATH; empty if there is none.
[[nodiscard]] std::string first_on_path(const system::Inspector& machine,
                                        std::string_view path,
                                        std::string_view name);

[[nodiscard]] std::vector<ShellExport> observe_shell_files(const system::Inspector& machine,
                                                           const std::string& home);
// Whether it is one of these, or could be: those of a home and of /etc/profile.d.
[[nodiscard]] bool is_shell_file(std::string_view path);
// A shell file of which only the lines are left that export what matters; the others are empty.
[[nodiscard]] std::string exports_of(std::string_view text);

[[nodiscard]] MpsPipe observe_mps(const system::Inspector& machine,
                                  const std::vector<system::Mount>& mounts,
                                  const NotebookProcess& notebook);
[[nodiscard]] CodeCache observe_code_cache(const system::Inspector& machine,
                                           const NotebookProcess& notebook,
                                           const std::string& home,
                                           std::uint32_t uid);

// `torch` is the folder of the one that the running notebook would import; empty: not known.
[[nodiscard]] Resources observe_resources(const system::Inspector& machine,
                                          const NotebookProcess& notebook,
                                          const Surroundings& surroundings,
                                          const std::string& torch,
                                          bool has_nodes);

class LibrarySearch;

// `kernel` is the version of the driver in the kernel.
[[nodiscard]] DriverLibrary observe_library(python::Folders& folders,
                                            const std::vector<system::Mount>& mounts,
                                            const LibrarySearch& search,
                                            const std::optional<Version>& kernel,
                                            const std::string& soname);
// The Debian package of each that is not mounted, in one pass over the lists of packages.
void find_owners(const system::Inspector& machine, std::span<DriverLibrary* const> libraries);

// Of a variable: whether CUDA, its frameworks or Python look at it, and it can be no secret.
[[nodiscard]] bool matters(std::string_view name);
// Its value, masked where it holds a URL: in parts, as a list of folders is read, a user and a
// token would not be known any more.
[[nodiscard]] std::string told_value(std::string value);

// `search` is that of the notebook's process.
[[nodiscard]] BuildTools observe_build_tools(const LibrarySearch& search,
                                             python::Folders& folders,
                                             const NotebookPython& notebook);

enum class Role { kernel, server, none };

// By the words of /proc/PID/cmdline.
[[nodiscard]] Role role_of(std::string_view command);

// The parent, if that is a kernel with this very command: fork(2) without execve(2). Else 0.
[[nodiscard]] std::int32_t kernel_that_forked(const system::Inspector& machine,
                                              std::int32_t pid,
                                              const std::string& command);

// A number and nothing else.
[[nodiscard]] std::optional<std::uint64_t> number_in(std::string_view text);

// Of /proc/PID/environ: text between NULs.
[[nodiscard]] std::map<std::string, std::string> variables_in(std::string_view environ);

}  // namespace envkeep::gpu
