/** Set by build.mjs: development builds also run on the stand-in page at localhost. */
declare const __DEV_HOSTS__: boolean;
/** Set by build.mjs: Firefox ends an event page that gets no message from a page for 30 s. */
declare const __EVENT_PAGE__: boolean;
