// SPDX-License-Identifier: MIT
#include "cli/render_doctor.hpp"
#include "unit/cli/golden.hpp"
#include "unit/cli/json_schema.hpp"

#include <gmock/gmock.h>

namespace envkeep::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

gpu::Version version(std::string_view text) {
    return gpu::Version::parse(text).value();
}

gpu::FoundLibrary found(const std::string& name, gpu::FoundBy how) {
    return {.path = "/found/" + name, .real = "/real/" + name, .how = how, .because = "/because"};
}

gpu::DriverLibrary library(const std::string& soname) {
    return {.soname = soname,
            .found = found(soname, gpu::FoundBy::variable),
            .version = version("535.104.05"),
            .is_mounted = true,
            .is_stub = true,
            .is_compat = true,
            .forward = gpu::ForwardCompatibility{.cuda = "12.9", .branches = {550, 575}},
            .owner = "libcuda1",
            .unused = {"/unused/" + soname}};
}

python::Environment environment(const std::string& prefix) {
    return {.program = prefix + "/bin/python",
            .real_program = "/usr/bin/python3.13",
            .version = "3.13",
            .abi_flags = "t",
            .prefix = prefix,
            .base_prefix = "/usr",
            .build = python::Build::debian,
            .virtual_config = python::VirtualConfig{.path = prefix + "/pyvenv.cfg",
                                                    .home = "/usr/bin",
                                                    .version = "3.13.1",
                                                    .has_system_site = false,
                                                    .is_of_uv = true},
            .faults = {python::Fault::home_missing, python::Fault::version_differs}};
}

python::Distribution distribution(const std::string& name) {
    return {.name = name,
            .version = "1.2",
            .build = "py3_0",
            .kind = python::DistributionKind::conda,
            .path = "/conda-meta/" + name,
            .folder = "/conda-meta"};
}

const python::RecordCheck damage{.checked = 9,
                                 .missing = 2,
                                 .other_size = 1,
                                 .examples = {"/site/gone.so"},
                                 .is_cut_short = true};
const python::Requirement numpy{.name = "numpy", .specifier = "<2", .marker = "python_version<'4'"};
const python::Script script{.path = "/usr/local/bin/pip",
                            .shebang = {.interpreter = "/gone/python", .argument = "-s"}};

gpu::Framework torch() {
    const python::Module module{.kind = python::ModuleKind::package,
                                .path = "/site/torch",
                                .init = "__init__.py",
                                .in_folder = "/site"};
    const python::PathEntry entry{.folder = "/site", .kind = python::PathKind::user_site};
    return {.name = "torch",
            .module = module,
            .entry = entry,
            .version = "2.4.1+cu121",
            .has_cuda = true,
            .cuda = "12.1",
            .rocm = "6.1",
            .cudnn = "9.1",
            .code = {"sm_60", "compute_90"},
            .cuda_libraries = {"121"},
            .installed = distribution("torch"),
            .requirements = {numpy},
            .record = damage,
            .unusable = {{.path = "/site/torch/_C.so", .tag = "cpython-39"}},
            .other = {{.name = "torch", .module = {.path = "/other/torch"}, .version = "1.13"}}};
}

gpu::LibraryFacts libraries() {
    const gpu::LoadedLibrary cudnn{.soname = "libcudnn.so.9",
                                   .found = found("libcudnn.so.9", gpu::FoundBy::path),
                                   .asked_by = "/site/torch/libtorch_cuda.so",
                                   .beside = "/site/nvidia/libcudnn.so.9",
                                   .version = "9.1.0"};
    return {.frameworks = {{.framework = "torch",
                            .loaded = {cudnn},
                            .missing = {{.soname = "libnccl.so.2",
                                         .asked_by = "/site/torch/libtorch_cuda.so",
                                         .is_opened_later = true,
                                         .elsewhere = "/site/nvidia/libnccl.so.2"}},
                            .undefined = {{.name = "GLIBCXX_3.4.30",
                                           .asked_by = "/site/torch/_C.so",
                                           .provider = "/opt/libstdc++.so.6"}},
                            .executable_stack = {"/site/torch/stack.so"},
                            .least_cudnn = "9.8",
                            .made_for = "2.4.0",
                            .is_cut_short = true}},
            .shared_files = {{.path = "/site/nvidia/libnccl.so.2",
                              .owners = {{.name = "nvidia-nccl-cu12",
                                          .version = "2.20.5",
                                          .is_as_recorded = true}}}},
            .broken_preloads = {{.library = "/gone/preloaded.so",
                                 .named_in = "LD_PRELOAD",
                                 .problem = "is not there",
                                 .stops_start = true}},
            .glibc = "2.36",
            .noexec_mount = "/noexec",
            .variable_folders = {"/usr/local/cuda/lib64"},
            .not_loaded = {{.soname = "libnccl.so.2",
                            .found = found("libnccl.so.2", gpu::FoundBy::cache),
                            .asked_by = {},
                            .beside = {},
                            .version = "2.18.3"}}};
}

gpu::BuildTools tools() {
    return {.cuda_home = "/usr/local/cuda",
            .because = "CUDA_HOME",
            .has_home = true,
            .has_nvcc = true,
            .cuda = "12.0.1",
            .libdevice = "/usr/local/cuda/nvvm/libdevice.10.bc",
            .c_compiler = "/usr/bin/gcc",
            .gcc = 12,
            .newest_gcc = 11,
            .has_python_headers = true,
            .knows_loader_cache = true,
            .cached_libcuda = "/cache/libcuda.so.1",
            .is_libcuda_on_path = true};
}

gpu::NotebookPython notebook() {
    const python::ModulePath path{
        .entries = {{.text = "",
                     .folder = "/by/path/file",
                     .kind = python::PathKind::path_file,
                     .path_file = "/site/x.pth",
                     .line = 3}},
        .code = {{.path_file = "/site/x.pth", .line = 4, .text = "import x"}},
        .unread = {"/site/large.pth"}};
    return {.kernels = {"python3"},
            .pid = 200,
            .environment = environment("/venv"),
            .launch = {.arguments = {"--token", "s3cr3t"}, .working_folder = "/notebooks"},
            .path = path,
            .is_externally_managed = true,
            .installer = {.kind = gpu::InstallerKind::uv,
                          .program = "/root/.local/bin/uv",
                          .conda = "/opt/conda/bin/conda"},
            .distributions = {distribution("numpy"), distribution("torch")},
            .leftovers = {"/site/~orch"},
            .frameworks = {torch()},
            .unseen = {distribution("unseen")},
            .unseen_folder = "/root/.local/site",
            .foreign = {{.name = "pandas",
                         .entry = {.folder = "/foreign"},
                         .file = {.path = "/foreign/pandas.so", .tag = "cpython-310"},
                         .hides_another = true}},
            .damaged = {{.distribution = distribution("damaged"),
                         .check = damage,
                         .has_no_record = true}},
            .local = {{.name = "random",
                       .local = {.path = "/notebooks/random.py"},
                       .hidden = {.path = "/usr/lib/random.py"},
                       .is_of_project = true,
                       .is_incomplete = true}},
            .dependents = {{.distribution = distribution("scipy"), .requirements = {numpy}}},
            .libraries = libraries(),
            .tools = tools()};
}

gpu::PythonFacts python_facts() {
    return {.server =
                python::Server{
                    .environment = environment("/server"), .uid = 1000, .because = "process 100"},
            .kernels = {{.name = "python3",
                         .folder = "/kernels/python3",
                         .display_name = "Python 3",
                         .language = "python",
                         .arguments = {"python", "--api-token", "s3cr3t", "-m", "ipykernel"},
                         .variables = {{"HF_TOKEN", "s3cr3t"}, {"CUDA_HOME", "/opt/cuda"}},
                         .program = "/venv/bin/python",
                         .is_native = true,
                         .is_servers_own = true,
                         .wins = true}},
            .notebooks = {notebook()},
            .environments = {.environments = {{.environment = environment("/opt/env"),
                                               .because = "PATH"}},
                             .not_searched = {"/notebooks/large"}},
            .searched_all = true,
            .not_looked_into = {"libraries of kernel py310"},
            .missing_programs = {"/gone/python"},
            .left = {{.folder = "/root/.local/lib/python3.9",
                      .version = "3.9",
                      .environment = "/left/env",
                      .wanted = {"pandas"}}},
            .dead_scripts = {{.script = script, .hides = "/usr/bin/pip"}},
            .terminal = {
                .python = environment("/terminal"), .pip = script, .pips = environment("/pips")}};
}

gpu::DeviceNode node(const std::string& path, unsigned minor) {
    return {.path = path,
            .is_device = true,
            .major = 195,
            .minor = minor,
            .mode = 0660,
            .uid = 11,
            .gid = 12,
            .access_error = 13};
}

gpu::Disk disk(const std::string& path) {
    return {.path = path, .total = 4096, .free = 1024, .free_inodes = 77};
}

gpu::Resources resources() {
    return {.address_space = 101,
            .locked_memory = 102,
            .memory_limit = 103,
            .memory_used = 104,
            .killed_for_memory = 105,
            .process_limit = 106,
            .processes = 107,
            .map_limit = 108,
            .maps = 109,
            .stale_torch = "/stale/torch/lib/libc10.so (deleted)",
            .shared_memory = disk("/dev/shm"),
            .disks = {disk("/")},
            .holders = {{.pid = 300,
                         .name = "python",
                         .state = 'Z',
                         .is_kernel = true,
                         .forked_from = 200,
                         .is_orphan = true,
                         .jax_percent = 75,
                         .uses_deleted = true}}};
}

// A value of which no member is as it would be if nobody had set it.
gpu::Facts full_facts() {
    return {.pci = {.is_readable = true,
                    .cards = {{.address = "0000:00:05.0",
                               .device = 0x1eb8,
                               .driver = "nvidia",
                               .is_off_bus = true}},
                    .switches = {"0000:00:06.0"},
                    .lost = {"0000:00:07.0"}},
            .driver = {.loaded = version("535.104.05"),
                       .told = version("525.105.17"),
                       .is_module_present = true,
                       .is_open = true,
                       .is_proc_a_copy = true,
                       .knows_majors = true,
                       .majors = {{"nvidia", 195}, {"tty", 4}},
                       .is_uvm_loaded = true,
                       .is_made_on_demand = true,
                       .disables_hmm = "Y",
                       .cards = {{.address = "0000:00:05.0",
                                  .model = "Tesla T4",
                                  .uuid = "GPU-1",
                                  .minor = 3}}},
            .nodes = {.cards = {node("/dev/nvidia0", 0)},
                      .control = node("/dev/nvidiactl", 255),
                      .uvm = node("/dev/nvidia-uvm", 0),
                      .has_dxg = true,
                      .missing_capabilities = {"/dev/nvidia-caps/nvidia-cap12"}},
            .container = {.knows_wishes = true,
                          .visible_devices = "all",
                          .driver_capabilities = "compute",
                          .requirements = {"NVIDIA_REQUIRE_CUDA=cuda>=12.0"},
                          .mounted = {"/mounted/libcuda.so.1"},
                          .is_gvisor = true,
                          .is_wsl = true,
                          .preloaded = {"/preloaded.so"}},
            .notebook = {.pid = 200,
                         .what = "kernel",
                         .variables = {{"CUDA_VISIBLE_DEVICES", "0"}},
                         .folder = "/notebooks",
                         .arguments = {"python", "--token", "s3cr3t"}},
            .is_root = true,
            .variable_folders = {"/stubs"},
            .has_glibc_loader = true,
            .libcuda = library("libcuda.so.1"),
            .libnvidia_ml = library("libnvidia-ml.so.1"),
            .ptx_compiler = library("libnvidia-ptxjitcompiler.so.1"),
            .python = python_facts(),
            .shell_exports = {{.file = "/root/.bashrc",
                               .line = 7,
                               .name = "LD_LIBRARY_PATH",
                               .value = "/exported"}},
            .mps = {.folder = "/tmp/nvidia-mps",
                    .has_control = true,
                    .runs_here = true,
                    .is_mounted = true},
            .code_cache = {.folder = "/root/.nv/ComputeCache",
                           .standing = "/root",
                           .access_error = 30,
                           .disk = disk("/root")},
            .resources = resources(),
            .probe = gpu::ProbeFacts{.driver = "535.104.05"}};
}

TEST(Facts, AreShownWhole) {
    const Json facts = json_of(full_facts());

    testing::expect_golden("facts_json", facts.pretty() + "\n");
    testing::expect_golden("facts", facts_text(facts));
}

// A capture may come from anybody.
TEST(Facts, WhoseNamesHoldAnythingAreShownAsTheyMayBePrinted) {
    gpu::Facts facts;
    facts.notebook.variables = {{"CUDA_\x1b[31m\xff", "1"}};
    facts.driver.majors = {{"nvidia-\x1b[31m", 510}};

    const std::string text = facts_text(json_of(facts));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_THAT(text, HasSubstr("CUDA_\\x1b[31m\\xff: 1\n"));
    EXPECT_THAT(text, HasSubstr("nvidia-\\x1b[31m: 510\n"));
}

TEST(Facts, AreDescribedByTheSchema) {
    const testing::JsonSchema schema(*Json::parse(
        testing::content_of(std::string(ENVKEEP_SOURCE_DIR) + "/docs/schema/output.schema.json")));

    EXPECT_THAT(schema.faults_of(json_of(full_facts()), "gpu_facts"), IsEmpty());
    EXPECT_THAT(schema.faults_of(json_of(gpu::Facts{.notebook = {.what = "server"}}), "gpu_facts"),
                IsEmpty());
}

TEST(Facts, TellInTheTableWhatIsLoaded) {
    const engine::DoctorReport report{.facts = full_facts()};

    EXPECT_THAT(doctor_text(report, View{}),
                HasSubstr("libraries               well    cuDNN 9.1.0\n"));
}

TEST(Facts, ThatTheManifestDoesNotWantAreSaidToBeSoInTheFirstLine) {
    engine::DoctorReport report{.facts = full_facts()};
    report.ending = engine::Ending::findings;
    report.diagnosis.findings = {{.id = "gpu-cuda-too-low",
                                  .severity = model::Severity::error,
                                  .subject = "gpu",
                                  .title = "the driver gives CUDA 12.2 at most"}};

    EXPECT_THAT(doctor_text(report, View{}),
                ::testing::StartsWith("the GPU is well as far as files tell, but not as the "
                                      "manifest wants it\n"));
}

TEST(Facts, TellWhichFoldersWereGivenUp) {
    engine::DoctorReport report{.home = "/notebooks", .facts = full_facts()};
    report.facts.python.searched_all = false;

    EXPECT_THAT(doctor_text(report, View{}),
                HasSubstr("\nnot searched for Python environments: the rest of your home and the "
                          "store (--deep does), ~/large (too many there)\n"));
}

// Below the last column there would be room for a word or two.
TEST(Facts, AreReadableOnANarrowTerminal) {
    const engine::DoctorReport report{.facts = full_facts()};

    EXPECT_THAT(doctor_text(report, View{.width = 50}),
                HasSubstr("of the\n    notebook's kernel, process 200\n"));
    EXPECT_THAT(doctor_text(report, View{.width = 72}),
                HasSubstr("/dev/nvidia-uvm\n" + std::string(34, ' ') + "/dev/nvidia0\n"));
}

TEST(Facts, HaveNoSecretsInTheirArguments) {
    EXPECT_THAT(json_of(full_facts()).compact(), Not(HasSubstr("s3cr3t")));
}

}  // namespace
}  // namespace envkeep::cli
