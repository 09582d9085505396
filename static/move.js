// Moving works without this: the button moves the next batch. With it the batches follow each other by themselves.
document.querySelector('form[data-going]')?.requestSubmit();
