// SPDX-License-Identifier: MIT
#include "notebook_machine.hpp"

#include "coverage.hpp"
#include "likeness.hpp"

namespace envkeep::testing {
namespace {

std::vector<std::string> faults_of(const gpu::Diagnosis& diagnosis) {
    std::vector<std::string> all;
    for (const model::Finding& finding : diagnosis.findings) {
        if (finding.severity > model::Severity::info) {
            all.push_back(finding.id);
        }
    }
    return all;
}

}  // namespace

std::string words(const std::vector<std::string>& all) {
    std::string text;
    for (const std::string& word : all) {
        text += word + '\0';
    }
    return text;
}

CapturedMachine& runs(CapturedMachine& machine, const std::string& program) {
    return machine.file("/proc/200/cmdline",
                        words({program, "-m", "ipykernel_launcher", "-f", "x.json"}));
}

CapturedMachine& with_server(CapturedMachine& machine, const std::string& program) {
    return machine.file("/proc/100/cmdline", words({program, "/usr/bin/jupyter-lab"}))
        .file("/proc/100/environ", words({"PATH=/usr/bin:/bin", "HOME=/root"}))
        .link("/proc/100/cwd", "/notebooks")
        .file("/usr/lib/python3/dist-packages/ipykernel/__init__.py", "")
        .file("/usr/lib/python3/dist-packages/ipykernel/kernelspec.py", "");
}

CapturedMachine& without_kernel(CapturedMachine& machine) {
    return machine.remove("/proc/200/cmdline");
}

CapturedMachine& kernel_spec(CapturedMachine& machine,
                             const std::string& folder,
                             const std::string& program,
                             const std::string& env) {
    return machine.file(folder + "/kernel.json",
                        R"({"argv": [")" + program +
                            R"(", "-m", "ipykernel_launcher", "-f", "{connection_file}"], )" +
                            R"("display_name": "x", "language": "python", "env": )" + env + "}");
}

CapturedMachine& virtual_environment(CapturedMachine& machine,
                                     const std::string& prefix,
                                     const std::string& base,
                                     const std::string& version) {
    return machine.link(prefix + "/bin/python", base)
        .link(prefix + "/bin/python3", "python")
        .file(prefix + "/pyvenv.cfg",
              "home = " + base.substr(0, base.rfind('/')) +
                  "\ninclude-system-site-packages = false\nversion = " + version + ".2\n")
        .file(prefix + "/lib/python" + version + "/site-packages/README", "");
}

std::optional<model::Finding> finding_of(CapturedMachine& machine, std::string_view id) {
    for (model::Finding& finding : machine.diagnosis().findings) {
        if (finding.id == id) {
            return std::move(finding);
        }
    }
    return std::nullopt;
}

std::vector<std::string> faults_in(CapturedMachine& machine) {
    return faults_of(machine.diagnosis());
}

std::vector<std::string> alarms(CapturedMachine& machine,
                                const std::vector<std::string_view>& looks_like) {
    const gpu::Diagnosis diagnosis = machine.diagnosis();
    note_healthy(diagnosis);
    std::vector<std::string> all = faults_of(diagnosis);
    if (all.empty()) {
        note_likeness(machine, looks_like);
    }
    return all;
}

}  // namespace envkeep::testing
